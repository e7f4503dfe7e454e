#include "core/engine/fork_copy.hpp"

#include <algorithm>

#include "core/base/sha256.hpp"
#include "core/engine/fold.hpp"
#include "core/model/op_order.hpp"
#include "core/store/displaced.hpp"

namespace doorstep {
namespace {

std::set<RecordKey> records_of(const Part& part, StreamNo stream) {
    std::set<RecordKey> keys;
    for (const RecordOps& record : part.records) keys.insert({record.record, stream});
    return keys;
}

Status forget_own_chain(Op& op, const ReplicaId& replica) {
    if (op.action == Op::Action::remove) return ok();
    const auto is_own = [&](const Dot& dot) { return dot.replica == replica; };
    std::erase_if(op.supersedes, is_own);
    if (op.supersedes.empty()) op.depth = 0;
    if (op.value.type() != ValueType::dots) return ok();
    std::vector<Dot> listed = op.value.as_dots();  // what a delete had seen
    std::erase_if(listed, is_own);
    DOORSTEP_TRY_ASSIGN(op.value, Value::dots(std::move(listed)));
    return ok();
}

}  // namespace

Dot fork_copy_dot(const Dot& dot, const HashHead& hash, const Stream& stream) {
    Bytes seed = "doorstep fork copy";
    Writer out(seed);
    out.fixed(dot.replica);
    out.fixed(hash);
    stream.encode(out);
    return {ReplicaId::from(sha256(seed).view().substr(0, ReplicaId::size)).value(), 1};
}

Result<Commit> fork_copy(const Commit& commit, const Hash& hash, std::size_t index) {
    DOORSTEP_TRY_ASSIGN(Part part, Part::unpack(commit.parts[index]));
    const ReplicaId& replica = commit.header.dot.replica;
    for (RecordOps& record : part.records) {
        for (Op& op : record.ops) DOORSTEP_TRY(forget_own_chain(op, replica));
        put_in_order(record.ops);
    }
    Commit copy;
    copy.header = commit.header;
    copy.header.dot = fork_copy_dot(commit.header.dot, head_of(hash), part.stream);
    copy.header.previous = hash;
    copy.parts = {part.pack()};
    copy.header.parts = {part_hash(copy.parts.front())};
    return copy;
}

std::optional<Hash> copied_from(const Commit& commit) {
    const Header& header = commit.header;
    if (header.dot.seq != 1 || header.previous.is_zero() || header.parts.size() != 1) return std::nullopt;
    return header.previous;
}

Status make_room(Store& store, const Dot& dot) {
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store.find_row(dot));
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store.find_commit(dot));
    if (!row || !commit) return Error{Errc::corrupt, "a commit that stands in the way is gone"};
    DOORSTEP_TRY(store.start_over_streams_of(row->no));
    DisplacedTable displaced(store.database());
    std::set<RecordKey> touched;
    Admission admission(store);
    for (std::size_t i = 0; i < commit->parts.size(); ++i) {
        if (commit->parts[i].empty()) continue;
        DOORSTEP_TRY_ASSIGN(const Part part, Part::unpack(commit->parts[i]));
        DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(part.stream));
        touched.merge(records_of(part, stream));
        DOORSTEP_TRY_ASSIGN(const Commit copy, fork_copy(*commit, row->hash, i));
        DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(copy));
        DOORSTEP_TRY_ASSIGN(const Admission::Outcome outcome, admission.admit(copy, copy.header.hash(), parts));
        Commit original = *commit;
        for (std::size_t other = 0; other < original.parts.size(); ++other)
            if (other != i) original.parts[other].clear();
        DOORSTEP_TRY(displaced.hand_on(stream, row->no, outcome.no, original));
    }
    DOORSTEP_TRY(admission.finish());
    DOORSTEP_TRY(store.remove_commit(row->no));
    return refold(store, touched);
}

Status drop_copied(Store& store, const Commit& copy) {
    const std::optional<Hash> hash = copied_from(copy);
    if (!hash || copy.parts.front().empty()) return ok();
    DOORSTEP_TRY_ASSIGN(const std::optional<Dot> dot, store.dot_of(*hash));
    if (!dot) return ok();
    DOORSTEP_TRY_ASSIGN(std::optional<Commit> original, store.find_commit(*dot));
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store.find_row(*dot));
    DOORSTEP_TRY_ASSIGN(const Stream stream, stream_of_part(copy.parts.front()));
    if (!original || !row) return Error{Errc::corrupt, "a commit of the log is gone"};
    for (std::size_t i = 0; i < original->parts.size(); ++i) {
        Bytes& packed = original->parts[i];
        if (packed.empty()) continue;
        DOORSTEP_TRY_ASSIGN(const Part part, Part::unpack(packed));
        if (!(part.stream == stream)) continue;
        DOORSTEP_TRY_ASSIGN(const StreamNo no, store.stream_no(stream));
        DOORSTEP_TRY_ASSIGN(const Commit made, fork_copy(*original, *hash, i));
        if (made.header.hash() != copy.header.hash()) return ok();  // it only says so
        packed.clear();
        const bool is_empty = std::all_of(original->parts.begin(), original->parts.end(),
                                          [](const Bytes& other) { return other.empty(); });
        if (is_empty) {
            DOORSTEP_TRY(store.start_over_streams_of(row->no));  // none, once the stream was mended
            DOORSTEP_TRY(store.remove_commit(row->no));
        } else {
            DOORSTEP_TRY(store.replace_commit(row->no, *original));
            DOORSTEP_TRY(DisplacedTable(store.database()).forget(no, row->no));
        }
        return refold(store, records_of(part, no));
    }
    return ok();
}

Status drop_needless_copies(Store& store) {
    DisplacedTable displaced(store.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamNo> streams, displaced.streams());
    for (const StreamNo no : streams) {
        DOORSTEP_TRY_ASSIGN(const std::vector<DisplacedCommit> copies, displaced.copies_without_place(no));
        for (const DisplacedCommit& copy : copies) {
            DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store.find_row(copy.dot));
            if (!row || row->hash != copy.hash) continue;
            DOORSTEP_TRY_ASSIGN(const std::optional<Commit> here, store.find_commit(copy.dot));
            if (!here) return Error{Errc::corrupt, "a commit of the log is gone"};
            const std::vector<Bytes>& original = copy.original->parts;
            const auto part = std::find_if(original.begin(), original.end(), [](const Bytes& b) { return !b.empty(); });
            if (part == original.end()) continue;
            if (here->parts[static_cast<std::size_t>(part - original.begin())] != *part) continue;
            DOORSTEP_TRY_ASSIGN(const Part words, Part::unpack(*part));
            DOORSTEP_TRY(store.remove_commit(copy.no));
            DOORSTEP_TRY(refold(store, records_of(words, no)));
        }
    }
    return ok();
}

}  // namespace doorstep
