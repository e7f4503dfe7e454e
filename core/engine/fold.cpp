#include "core/engine/fold.hpp"

#include <map>

#include "core/engine/queries_columns.hpp"
#include "core/merge/conflict.hpp"

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

/// Writes those records that `wanted` says as the log has them, and hands each to `also`.
template <class Wanted, class Also>
Status refold_if(Store& store, const Wanted& wanted, const Also& also) {
    Folded folded;
    const auto visit = [&](const Commit& commit, const Hash&) { return fold_in_memory(store, commit, folded, wanted); };
    DOORSTEP_TRY(store.each_commit(visit));
    for (const auto& [key, state] : folded) {
        DOORSTEP_TRY(store.put_record({key.first, key.second, state.type, state.pack()}, count_conflicts(state)));
        DOORSTEP_TRY(also(key, state));
    }
    return ok();
}

}  // namespace

Status fold_record(Store& store, StreamNo stream, const RecordOps& ops, const Dot& dot) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> before, store.record_state(ops.record, stream));
    RecordState state;
    if (before) {
        DOORSTEP_TRY_ASSIGN(state, RecordState::unpack(*before));
    }
    apply(state, ops, dot);
    DOORSTEP_TRY(store.put_record({ops.record, stream, state.type, state.pack()}, count_conflicts(state)));
    return project(store, {ops.record, stream}, state);
}

Status refold(Store& store, const std::set<RecordKey>& records) {
    const auto wanted = [&](const RecordKey& key) { return records.count(key) == 1; };
    return refold_if(store, wanted,
                     [&](const RecordKey& key, const RecordState& state) { return project(store, key, state); });
}

Status refold_all(Store& store) {
    DOORSTEP_TRY(refold_if(
        store, [](const RecordKey&) { return true; }, [](const RecordKey&, const RecordState&) { return ok(); }));
    return rebuild_projection(store);
}

}  // namespace doorstep
