// The file carried by hand: what a phone puts into it, and how the office takes it in.
#include <algorithm>

#include "core/base/limits.hpp"
#include "core/engine/hub.hpp"
#include "core/engine/phone.hpp"
#include "core/store/cursors.hpp"
#include "core/sync/handover.hpp"

namespace doorstep {

Result<HandoverContent> Phone::hand_over(std::optional<std::uint64_t> after_seq) {
    if (!enrolment_) return Error{Errc::not_enrolled, "only an enrolled phone has an office to hand over to"};
    // A commit in a frame is at most a little longer than in its row; the rest of the limit has room for that.
    constexpr std::size_t rows_bytes_max = limits::handover_bytes_max / 2;
    DOORSTEP_TRY_ASSIGN(const ChainTop top, own_top());
    HandoverContent out;
    out.top_seq = top.seq;
    out.after_seq = after_seq.value_or(std::min(memory_.durable_seq, top.seq));
    out.to_seq = out.after_seq;
    if (out.after_seq > top.seq) return Error{Errc::invalid_argument, "this phone has not saved that often"};
    if (out.after_seq == top.seq) return out;
    ChainTop before;
    if (out.after_seq > 0) {
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_.find_row({replica_, out.after_seq}));
        if (!row) return Error{Errc::corrupt, "a commit of this phone is gone"};
        before = {out.after_seq, row->hash};
    }
    DOORSTEP_TRY_ASSIGN(std::vector<Commit> commits, store_.commits_after(replica_, out.after_seq, rows_bytes_max));
    out.to_seq = commits.back().header.dot.seq;
    out.bytes = Handover::encode(replica_, before, std::move(commits));
    return out;
}

Result<ReplicaId> Hub::replica_of_handover(BytesView content) {
    DOORSTEP_TRY_ASSIGN(const Handover handover, Handover::decode(content));
    return handover.replica;
}

/// What a phone sealed before it purged it, and an office that came back from a backup has lost.
Status Hub::take_sealed(const Grant& grant, const ReplicaId& replica, BytesView file, std::uint64_t now_ms) {
    if (!host_.unseal) return Error{Errc::forbidden, "this office opens no sealed files"};
    DOORSTEP_TRY_ASSIGN(const Bytes content, host_.unseal(file));
    DOORSTEP_TRY_ASSIGN(const ReplicaId found, replica_of_handover(content));
    if (found != replica) return Error{Errc::forbidden, "the file is another replica's"};
    DOORSTEP_TRY(import_handover(grant, content, now_ms));
    return ok();
}

Status Hub::note_purges(const Grant& grant, const ReplicaId& replica, const Purged& purged, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    for (const Stream& stream : purged.streams)
        if (!grant.covers(stream)) {
            DOORSTEP_TRY(note_purged(store_, {replica, stream, now_ms}));
            DOORSTEP_TRY_ASSIGN(const StreamNo no, store_.stream_no(stream));
            DOORSTEP_TRY(CursorTable(store_.database()).forget(replica, no));
        }
    return transaction.commit();
}

Result<HandoverReceipt> Hub::import_handover(const Grant& grant, BytesView content, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const Handover handover, Handover::decode(content));
    DOORSTEP_TRY_ASSIGN(const ChainTop top, store_.whole_top(handover.replica));
    if (handover.before.seq > top.seq)
        return Error{Errc::chain_broken, "a file before this one is missing: the office has the phone's saves up to " +
                                             std::to_string(top.seq) + ", this file begins with " +
                                             std::to_string(handover.from_seq())};
    if (handover.before.seq > 0) {
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row,
                            store_.find_row({handover.replica, handover.before.seq}));
        if (!row || row->hash != handover.before.hash)
            return Error{Errc::forked, "the office knows another history of this phone; its next sync settles it"};
    }
    std::optional<Forked> forked;
    for (const Push& frame : handover.frames) {
        DOORSTEP_TRY(push(grant, frame, now_ms, forked));
        if (forked)
            return Error{Errc::forked, "the office knows another history of this phone; its next sync settles it"};
    }
    HandoverReceipt out;
    out.replica = handover.replica;
    out.from_seq = handover.from_seq();
    out.to_seq = handover.to_seq();
    out.taken = out.to_seq > top.seq ? out.to_seq - top.seq : 0;
    return out;
}

}  // namespace doorstep
