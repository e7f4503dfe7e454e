#include "core/engine/fold.hpp"

#include <map>

#include "core/engine/queries_columns.hpp"
#include "core/engine/written_state.hpp"
#include "core/merge/conflict.hpp"
#include "core/merge/home.hpp"
#include "core/merge/state_item.hpp"
#include "core/model/written_once.hpp"
#include "core/store/erased.hpp"

namespace doorstep {
namespace {

/// The records as the log alone says they are.
using States = std::map<RecordKey, RecordState>;

/// Applies the commit to those records of `folded` that `wanted` says.
template <class Wanted>
Status fold_in_memory(Store& store, const Commit& commit, States& folded, const Wanted& wanted) {
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

/// The one record; nothing when no commit wrote it.
Result<States> fold_written(Store& store, const RecordKey& key) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Commit> writers, store.writers_of(key.first));
    States folded;
    const auto wanted = [&](const RecordKey& other) { return other == key; };
    for (const Commit& commit : writers) DOORSTEP_TRY(fold_in_memory(store, commit, folded, wanted));
    return folded;
}

}  // namespace

Result<Folded> fold_record(Store& store, StreamNo stream, const RecordOps& ops, const Dot& dot,
                           const PartPlace& place) {
    if (writes_afresh(ops)) {  // nearly always the record's first commit: then the log says all there is to say
        DOORSTEP_TRY_ASSIGN(const bool added, store.add_record({ops.record, stream, ops.type, {}}, 0, place));
        if (added) {
            DOORSTEP_TRY(project(store, stream, ops));
            return Folded{state_item(ops, dot), {}};
        }
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> before, store.record_state(ops.record, stream));
    RecordState state;
    Digest item;
    if (before) {
        DOORSTEP_TRY_ASSIGN(state, RecordState::unpack(*before));
        item -= state_item(ops.record, state, *before);
    }
    DOORSTEP_TRY_ASSIGN(const Columns columns_before, columns_in(store, stream, state));
    apply(state, ops, dot);
    const RecordRow row{ops.record, stream, state.type, state.pack()};
    item += state_item(ops.record, state, row.state);
    if (before) {
        DOORSTEP_TRY(store.put_record(row, may_await(state)));
        DOORSTEP_TRY(store.note_rewrite(ops.record, place.commit_no));
    } else {
        DOORSTEP_TRY(store.add_record(row, may_await(state), place));
    }
    Projection projection(store.database());
    DOORSTEP_TRY_ASSIGN(const Columns columns, columns_in(store, stream, state));
    DOORSTEP_TRY(before && columns == columns_before ? projection.note(ops.record, stream)
                                                     : projection.put(ops.record, stream, columns));
    return Folded{item, home_of(state)};
}

Status refold(Store& store, const std::set<RecordKey>& records) {
    States folded;
    const auto wanted = [&](const RecordKey& key) { return records.count(key) == 1; };
    const auto visit = [&](const Commit& commit, const Hash&) { return fold_in_memory(store, commit, folded, wanted); };
    DOORSTEP_TRY(store.each_commit(visit));
    for (const auto& [key, state] : folded) {
        DOORSTEP_TRY(store.put_record({key.first, key.second, state.type, state.pack()}, may_await(state)));
        DOORSTEP_TRY(project(store, key, state));
    }
    std::set<StreamNo> streams;
    for (const auto& [record, stream] : records) streams.insert(stream);
    return count_states(store, streams);
}

Result<bool> is_settled(Store& store, const StreamMark& mark) {
    std::uint64_t folded = mark.states.parts;
    ErasedTable erased(store.database());
    DOORSTEP_TRY_ASSIGN(const bool any, erased.any());
    const auto count = [&](const PlacedDot& placed) -> Result<Store::Visit> {
        DOORSTEP_TRY_ASSIGN(const bool is_erased, erased.is_of(mark.no, placed.hash));
        folded += is_erased ? 1 : 0;
        return Store::Visit::go_on;
    };
    if (any) DOORSTEP_TRY(store.placed_after(mark.no, 0, count));
    return folded == mark.head.position;
}

Status count_states(Store& store, const std::set<StreamNo>& streams) {
    std::map<StreamNo, StreamStates> counted;
    for (const StreamNo stream : streams) counted[stream] = {};
    const auto count = [&](const Commit& commit, const Hash&) -> Status {
        for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
            if (commit.parts[i].empty()) continue;
            DOORSTEP_TRY_ASSIGN(const bool held, store.is_held(commit.header.dot, i));
            if (held) continue;
            DOORSTEP_TRY_ASSIGN(const Stream home, stream_of_part(commit.parts[i]));
            DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(home));
            if (const auto at = counted.find(stream); at != counted.end()) ++at->second.parts;
        }
        return ok();
    };
    DOORSTEP_TRY(store.each_commit(count));
    const auto sum = [&](const RecordRow& row) -> Status {
        const auto at = counted.find(row.stream);
        if (at == counted.end()) return ok();
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        at->second.digest += state_item(row.record, state, row.state);
        return ok();
    };
    DOORSTEP_TRY(store.each_record(sum));
    for (const auto& [stream, states] : counted) DOORSTEP_TRY(store.set_stream_states(stream, states));
    return ok();
}

Result<std::optional<Bytes>> written_state(Store& store, const RecordKey& key) {
    DOORSTEP_TRY_ASSIGN(const States folded, fold_written(store, key));
    return folded.empty() ? std::nullopt : std::optional(folded.begin()->second.pack());
}

Status refold_written(Store& store, const RecordKey& key) {
    DOORSTEP_TRY_ASSIGN(const States folded, fold_written(store, key));
    if (folded.empty()) return ErasedTable(store.database()).forget_record(key.first, key.second);
    const RecordState& state = folded.begin()->second;
    DOORSTEP_TRY(store.put_record({key.first, key.second, state.type, state.pack()}, may_await(state)));
    return project(store, key, state);
}

}  // namespace doorstep
