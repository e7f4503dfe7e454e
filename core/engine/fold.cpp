#include "core/engine/fold.hpp"

#include <map>

#include "core/engine/queries_columns.hpp"
#include "core/merge/conflict.hpp"
#include "core/model/written_once.hpp"

namespace doorstep {
namespace {

/// The records as the log alone says they are.
using Folded = std::map<RecordKey, RecordState>;

/// Applies the commit to those records of `folded` that `wanted` says.
template <class Wanted>
Status fold_in_memory(Store& store, const Commit& commit, Folded& folded, const Wanted& wanted) {
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        if (commit.parts[i].empty()) continue;
        DOORSTEP_TRY_ASSIGN(const bool held, store.is_held(commit.header.dot, i));
        if (held) continue;
        DOORSTEP_TRY_ASSIGN(const Part part, Part::unpack(commit.parts[i]));
        DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(part.stream));
        for (const RecordOps& ops : part.records)
            if (wanted(RecordKey{ops.record, stream})) apply(folded[{ops.record, stream}], ops, commit.header.dot);
    }
    return ok();
}

}  // namespace

Status fold_record(Store& store, StreamNo stream, const RecordOps& ops, const Dot& dot, const PartPlace& place) {
    if (writes_afresh(ops)) {  // nearly always the record's first commit: then the log says all there is to say
        DOORSTEP_TRY_ASSIGN(const bool added, store.add_record({ops.record, stream, ops.type, {}}, 0, place));
        if (added) return project(store, stream, ops);
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> before, store.record_state(ops.record, stream));
    RecordState state;
    if (before) {
        DOORSTEP_TRY_ASSIGN(state, RecordState::unpack(*before));
    }
    const Columns columns_before = columns_of(state);
    apply(state, ops, dot);
    const RecordRow row{ops.record, stream, state.type, state.pack()};
    if (before) {
        DOORSTEP_TRY(store.put_record(row, may_await(state)));
        DOORSTEP_TRY(store.note_rewrite(ops.record, place.commit_no));
    } else {
        DOORSTEP_TRY(store.add_record(row, may_await(state), place));
    }
    Projection projection(store.database());
    const Columns columns = columns_of(state);
    return before && columns == columns_before ? projection.note(ops.record, stream)
                                               : projection.put(ops.record, stream, columns);
}

Status refold(Store& store, const std::set<RecordKey>& records) {
    Folded folded;
    const auto wanted = [&](const RecordKey& key) { return records.count(key) == 1; };
    const auto visit = [&](const Commit& commit, const Hash&) { return fold_in_memory(store, commit, folded, wanted); };
    DOORSTEP_TRY(store.each_commit(visit));
    for (const auto& [key, state] : folded) {
        DOORSTEP_TRY(store.put_record({key.first, key.second, state.type, state.pack()}, may_await(state)));
        DOORSTEP_TRY(project(store, key, state));
    }
    return ok();
}

}  // namespace doorstep
