#include "core/engine/fold.hpp"

#include <map>

#include "core/engine/queries_columns.hpp"
#include "core/merge/conflict.hpp"
#include "core/merge/home.hpp"
#include "core/model/written_once.hpp"
#include "core/store/erased.hpp"

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

Result<std::optional<Area>> fold_record(Store& store, StreamNo stream, const RecordOps& ops, const Dot& dot,
                                        const PartPlace& place) {
    if (writes_afresh(ops)) {  // nearly always the record's first commit: then the log says all there is to say
        DOORSTEP_TRY_ASSIGN(const bool added, store.add_record({ops.record, stream, ops.type, {}}, 0, place));
        if (added) {
            DOORSTEP_TRY(project(store, stream, ops));
            return std::optional<Area>();
        }
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> before, store.record_state(ops.record, stream));
    RecordState state;
    if (before) {
        DOORSTEP_TRY_ASSIGN(state, RecordState::unpack(*before));
    }
    apply(state, ops, dot);
    const RecordRow row{ops.record, stream, state.type, state.pack()};
    if (before) {
        DOORSTEP_TRY(store.put_record(row, may_await(state)));
        DOORSTEP_TRY(store.note_rewrite(ops.record, place.commit_no));
    } else {
        DOORSTEP_TRY(store.add_record(row, may_await(state), place));
    }
    DOORSTEP_TRY(project(store, {ops.record, stream}, state));
    return home_of(state);
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

Status refold_written(Store& store, const RecordKey& key) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Commit> writers, store.writers_of(key.first));
    Folded folded;
    const auto wanted = [&](const RecordKey& other) { return other == key; };
    for (const Commit& commit : writers) DOORSTEP_TRY(fold_in_memory(store, commit, folded, wanted));
    if (folded.empty()) return ErasedTable(store.database()).forget_record(key.first, key.second);
    const RecordState& state = folded.begin()->second;
    DOORSTEP_TRY(store.put_record({key.first, key.second, state.type, state.pack()}, may_await(state)));
    return project(store, key, state);
}

}  // namespace doorstep
