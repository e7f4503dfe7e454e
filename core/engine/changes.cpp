#include "core/engine/changes.hpp"

#include <map>

#include "core/base/limits.hpp"

namespace doorstep {

Result<std::int64_t> change_token(Store& store) { return Projection(store.database()).last_change(); }

Result<Changes> changes_after(Store& store, std::int64_t token) {
    Projection projection(store.database());
    Changes out;
    DOORSTEP_TRY_ASSIGN(out.token, projection.last_change());
    DOORSTEP_TRY_ASSIGN(const std::int64_t first_known, projection.first_known_change());
    out.answer = Changes::Answer::reload;
    if (token < first_known || token > out.token) return out;
    DOORSTEP_TRY_ASSIGN(const auto rows, projection.changed_after(token, limits::changes_max + 1));
    if (rows.size() > limits::changes_max) return out;
    out.answer = Changes::Answer::these;
    std::map<StreamNo, Stream> streams;
    for (const ProjectedRow& row : rows) {
        if (streams.count(row.stream) == 0) {
            DOORSTEP_TRY_ASSIGN(streams[row.stream], store.stream_of(row.stream));
        }
        out.changes.push_back({row.record, streams[row.stream], row.type});
    }
    return out;
}

}  // namespace doorstep
