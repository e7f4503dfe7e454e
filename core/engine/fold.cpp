#include "core/engine/fold.hpp"

#include <map>

#include "core/base/sha256.hpp"
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

Error damaged(const std::string& what) { return {Errc::corrupt, what}; }

/// Whether the stream's order leads, commit by commit, to the digests that stand beside it.
Status check_order(Store& store, const StreamMark& mark) {
    StreamHead reached;
    const auto check = [&](const SequenceEntry& entry) -> Result<Store::Visit> {
        if (entry.position != ++reached.position) return damaged("a stream has a gap");
        reached.digest += Digest::of(entry.commit.header.hash());
        DOORSTEP_TRY_ASSIGN(const std::optional<Digest> there, store.digest_at(mark.no, entry.position));
        if (!there || *there != reached.digest) return damaged("a stream's digest is not that of its commits");
        return Store::Visit::go_on;
    };
    DOORSTEP_TRY(store.entries_after(mark.no, 0, check));
    const bool ends = reached.position == mark.head.position && reached.digest == mark.head.digest;
    return ends ? ok() : Status(damaged("a stream does not end where its row says"));
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
    apply(state, ops, dot);
    const RecordRow row{ops.record, stream, state.type, state.pack()};
    if (before) {
        DOORSTEP_TRY(store.put_record(row, may_await(state)));
        DOORSTEP_TRY(store.note_rewrite(ops.record, place.commit_no));
    } else {
        DOORSTEP_TRY(store.add_record(row, may_await(state), place));
    }
    return project(store, {ops.record, stream}, state);
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

Result<Verification> verify(Store& store) {
    Verification found;
    Folded folded;
    ReplicaId chain;
    Hash previous;
    std::uint64_t seq = 0;
    const auto check_commit = [&](const Commit& commit, const Hash& hash) -> Status {
        ++found.commits;
        if (commit.header.hash() != hash) return damaged("a commit in the log does not have its hash");
        DOORSTEP_TRY(commit.check());
        const bool follows = commit.header.dot.replica == chain && commit.header.dot.seq == seq + 1;
        if (follows && commit.header.previous != previous) return damaged("a chain of commits is broken");
        chain = commit.header.dot.replica;
        previous = hash;
        seq = commit.header.dot.seq;
        return fold_in_memory(store, commit, folded, [](const RecordKey&) { return true; });
    };
    const auto check_record = [&](const RecordRow& row) -> Status {
        ++found.records;
        const auto at = folded.find({row.record, row.stream});
        if (at == folded.end()) return damaged("a record has no commit that made it");
        if (at->second.pack() != row.state) return damaged("a record is not what its commits say");
        DOORSTEP_TRY_ASSIGN(const Stream stream, store.stream_of(row.stream));
        Bytes item = stream.key();
        item.append(row.record.view()).append(row.state);
        found.state += Digest::of(sha256(item));
        folded.erase(at);
        return ok();
    };
    DOORSTEP_TRY(store.each_commit(check_commit));
    DOORSTEP_TRY(store.each_record(check_record));
    if (!folded.empty()) return damaged("a record that the log holds is missing");
    DOORSTEP_TRY_ASSIGN(const auto streams, store.streams());
    for (const StreamMark& mark : streams) DOORSTEP_TRY(check_order(store, mark));
    found.streams = streams.size();
    return found;
}

}  // namespace doorstep
