#include "core/engine/recount.hpp"

#include <set>

#include "core/engine/fold.hpp"
#include "core/store/erased.hpp"

namespace doorstep {

Status recount_erased(Store& store) {
    DOORSTEP_TRY_ASSIGN(const std::vector<ErasedRow> rows, ErasedTable(store.database()).rows());
    std::set<StreamNo> streams;
    for (const ErasedRow& row : rows) streams.insert(row.stream);
    return streams.empty() ? ok() : count_states(store, streams);
}

}  // namespace doorstep
