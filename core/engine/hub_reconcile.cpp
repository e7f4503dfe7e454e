// Streams in which a phone and this office disagree: where they part, what the office lost, and what it has instead.
#include <algorithm>

#include "core/base/hmac.hpp"
#include "core/base/limits.hpp"
#include "core/engine/erase.hpp"
#include "core/engine/fork_copy.hpp"
#include "core/engine/hub.hpp"
#include "core/model/stream_chain.hpp"
#include "core/store/erased.hpp"
#include "core/sync/frame.hpp"

namespace doorstep {
namespace {

Hash hash_of(const Bring::Entry& entry) {
    const Commit* commit = std::get_if<Commit>(&entry);
    return commit ? commit->header.hash() : std::get<Hash>(entry);
}

/// Whether this office gave the receipt for exactly these commits in this order.
bool is_proved(const Bring& bring, const Bytes& key) {
    if (!bring.tag || key.empty()) return false;
    Hash chain = bring.base;
    for (const Bring::Entry& entry : bring.entries) chain = extend_chain(chain, hash_of(entry));
    const std::uint64_t position = bring.after + bring.entries.size();
    return same_tag(*bring.tag, receipt_tag(key, bring.stream, position, chain));
}

}  // namespace

/// Also of a stream that left the phone's scope lately: what it has there is offered before it is purged.
Status Hub::reconcile(const Grant& grant, const Exchange& asked, std::uint64_t now_ms, Bytes& message,
                      DataMemory& memory) {
    for (const Ranges& ranges : asked.ranges)
        if (grant.covers(ranges.stream)) DOORSTEP_TRY(answer_ranges(ranges, message));
    for (const Offer& offer : asked.offers)
        if (may_offer(grant, offer.stream, now_ms)) DOORSTEP_TRY(answer_offer(offer, message));
    for (const Fetch& fetch : asked.fetches)
        if (grant.covers(fetch.stream)) DOORSTEP_TRY(answer_fetch(grant, fetch, message, memory));
    return ok();
}

bool Hub::may_offer(const Grant& grant, const Stream& stream, std::uint64_t now_ms) const {
    if (grant.access == Grant::Access::drain_only) return false;
    return grant.covers(stream) || grant.accepts(stream, now_ms, host_.grace_ms);
}

/// A look-up for each point, whatever the length of the stream.
Status Hub::answer_ranges(const Ranges& ranges, Bytes& message) {
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, store_.stream_mark(ranges.stream));
    Differs differs{ranges.stream, mark.head.position, {}};
    std::optional<Digest> before;
    for (std::size_t i = 0; i < ranges.points.size(); ++i) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Digest> there, store_.digest_at(mark.no, ranges.points[i].position));
        if (i > 0) {
            Digest sum_there = there.value_or(Digest{}), sum_here = ranges.points[i].digest;
            sum_there -= before.value_or(Digest{});
            sum_here -= ranges.points[i - 1].digest;
            if (!there || !before || sum_there != sum_here)
                differs.intervals.push_back(static_cast<std::uint32_t>(i - 1));
        }
        before = there;
    }
    write_frame(message, FrameKind::differs, differs.encode());
    return ok();
}

Status Hub::answer_offer(const Offer& offer, Bytes& message) {
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, store_.stream_mark(offer.stream));
    Wanted wanted{offer.stream, {}};
    for (std::size_t i = 0; i < offer.items.size(); ++i) {
        DOORSTEP_TRY_ASSIGN(const bool lacked, lacks(mark, offer.items[i]));
        if (lacked) wanted.items.push_back(static_cast<std::uint32_t>(i));
    }
    write_frame(message, FrameKind::wanted, wanted.encode());
    return ok();
}

/// The commit's part of the stream, if it is here or was erased.
Result<std::optional<std::size_t>> Hub::part_of(const Commit& commit, const StreamMark& mark) {
    ErasedTable erased(store_.database());
    for (std::size_t i = 0; i < commit.parts.size(); ++i) {
        if (commit.parts[i].empty()) {
            DOORSTEP_TRY_ASSIGN(const std::optional<StreamNo> home, erased.find(commit.header.parts[i]));
            if (home == mark.no) return std::optional<std::size_t>(i);
            continue;
        }
        const auto named = stream_of_part(commit.parts[i]);
        if (named && named.value() == mark.head.stream) return std::optional<std::size_t>(i);
    }
    return std::optional<std::size_t>();
}

Result<bool> Hub::lacks(const StreamMark& mark, const Offer::Item& item) {
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_.find_row(item.dot));
    if (row && head_of(row->hash) == item.hash) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_.find_commit(item.dot));
        DOORSTEP_TRY_ASSIGN(const auto part, commit ? part_of(*commit, mark) : std::optional<std::size_t>());
        return !part;
    }
    DOORSTEP_TRY_ASSIGN(const bool erased, ErasedTable(store_.database()).names(mark.no, item.dot, item.hash));
    if (erased) return false;
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> copy,
                        store_.find_commit(fork_copy_dot(item.dot, item.hash, mark.head.stream)));
    if (copy && head_of(copy->header.previous) == item.hash) return false;
    DOORSTEP_TRY_ASSIGN(const bool waits, store_.is_unproved(mark.no, item.dot, item.hash));
    return !waits;
}

/// One frame is one transaction. What it proves joins the end of the stream, in the order that it had; what it does not
/// prove waits for the office.
Status Hub::take_brought(const Grant& grant, const Bring& bring, std::uint64_t now_ms) {
    if (!may_offer(grant, bring.stream, now_ms)) return ok();
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, store_.stream_mark(bring.stream));
    const bool run_is_proved = is_proved(bring, host_.receipt_key);
    bool brings_act = false;
    Admission admission(store_);
    for (const Bring::Entry& entry : bring.entries) {
        const Commit* commit = std::get_if<Commit>(&entry);
        if (!commit) continue;
        DOORSTEP_TRY_ASSIGN(const std::optional<std::size_t> index, part_of(*commit, mark));
        if (!index) continue;
        Commit only = *commit;  // other parts come with their own streams, in the order of those
        for (std::size_t i = 0; i < only.parts.size(); ++i)
            if (i != *index) only.parts[i].clear();
        const Hash hash = only.header.hash();
        const Offer::Item item{only.header.dot, head_of(hash)};
        DOORSTEP_TRY(redact(store_, only));
        DOORSTEP_TRY_ASSIGN(const bool lacked, lacks(mark, item));
        if (!lacked || (only.parts[*index].empty() && !run_is_proved)) continue;
        DOORSTEP_TRY_ASSIGN(const bool own_words, is_own_chain(grant, only, *index));
        DOORSTEP_TRY_ASSIGN(const bool office_words, is_of_the_office(only.header.dot, hash));
        if (run_is_proved || own_words || office_words) {
            DOORSTEP_TRY(note_restored());  // a copy that nobody marked: it lacks what an office had
            DOORSTEP_TRY(take_proved(admission, bring.stream, only, *index));
            DOORSTEP_TRY(store_.forget_unproved(only.header.dot, hash, mark.no));
            DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(only));
            DOORSTEP_TRY(follow_twins(admission, parts));
            brings_act = brings_act || (parts[*index] && holds_erasure(*parts[*index]));
        } else {
            DOORSTEP_TRY(store_.keep_unproved(mark.no, only, hash));
        }
    }
    DOORSTEP_TRY(follow_moves(admission, now_ms));
    DOORSTEP_TRY(admission.finish());
    DOORSTEP_TRY(transaction.commit());
    return brings_act ? settle_erasures() : ok();
}

/// Whether the commit is of a chain in the asking user's own name: then it is worth what a push of it would be.
Result<bool> Hub::is_own_chain(const Grant& grant, const Commit& commit, std::size_t index) {
    const Dot& dot = commit.header.dot;
    if (commit.header.author != grant.author) return false;
    if (!inspect(grant, commit, static_cast<std::uint32_t>(index), 0)) return false;
    if (dot.seq == 1 && !commit.header.previous.is_zero()) return false;  // it would pass for a copy (fork_copy.hpp)
    DOORSTEP_TRY_ASSIGN(const ChainTop top, store_.chain_top(dot.replica));
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> last, store_.find_commit({dot.replica, top.seq}));
    return !last || last->header.author == grant.author;
}

/// Whether this is a commit of the office's own that another of its streams has given back already. Then its hash
/// stands for each of its parts; none of them was ever held, as one of a phone's may have been.
Result<bool> Hub::is_of_the_office(const Dot& dot, const Hash& hash) {
    if (!is_own_replica(dot.replica)) return false;
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> here, store_.find_row(dot));
    return here && here->hash == hash;
}

/// Under its own dot, unless that belongs to another commit by now, or its predecessor's does.
Status Hub::take_proved(Admission& admission, const Stream& stream, const Commit& commit, std::size_t index) {
    const Hash hash = commit.header.hash();
    const Dot& dot = commit.header.dot;
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> here, store_.find_row(dot));
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> before,
                        dot.seq > 1 ? store_.find_row({dot.replica, dot.seq - 1}) : std::optional<CommitRow>());
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> before_as_copy,
                        store_.find_row(fork_copy_dot(dot, head_of(commit.header.previous), stream)));
    const bool other_chain = (before && before->hash != commit.header.previous) || (!before && before_as_copy);
    if ((here && here->hash != hash) || (!here && other_chain)) {
        if (commit.parts[index].empty()) return ok();  // erased: there is nothing to make a copy of
        DOORSTEP_TRY_ASSIGN(const Commit copy, fork_copy(commit, hash, index));
        DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(copy));
        return take(admission, copy, copy.header.hash(), parts);
    }
    DOORSTEP_TRY_ASSIGN(const ChainTop whole, store_.whole_top(dot.replica));
    const bool continues = dot.seq == whole.seq + 1 && commit.parts.size() == 1;
    DOORSTEP_TRY_ASSIGN(const ChainTop last, admission.top(dot.replica));
    if (!continues && last.seq == whole.seq && dot.seq > whole.seq)
        DOORSTEP_TRY(store_.set_whole(dot.replica, whole.seq));
    DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(commit));
    DOORSTEP_TRY(take(admission, commit, hash, parts));
    return note_whole(dot.replica);
}

/// Moves the mark up to which the replica's commits are whole over those that have become so.
Status Hub::note_whole(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(const ChainTop last, store_.chain_top(replica));
    DOORSTEP_TRY_ASSIGN(const ChainTop whole, store_.whole_top(replica));
    std::uint64_t seq = whole.seq;
    while (seq < last.seq) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> next, store_.find_commit({replica, seq + 1}));
        if (!next) break;
        bool complete = true;
        for (std::size_t i = 0; i < next->parts.size() && complete; ++i) {
            if (!next->parts[i].empty()) continue;
            DOORSTEP_TRY_ASSIGN(const auto erased, ErasedTable(store_.database()).find(next->header.parts[i]));
            complete = erased.has_value();
        }
        if (!complete) break;
        ++seq;
    }
    if (seq == whole.seq) return ok();
    return store_.set_whole(replica, seq < last.seq ? std::optional(seq) : std::nullopt);
}

/// The phone's own commits too: who mends a stream may have purged them before.
Status Hub::answer_fetch(const Grant& grant, const Fetch& fetch, Bytes& message, DataMemory& memory) {
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, store_.stream_mark(fetch.stream));
    if (fetch.after >= mark.head.position) return ok();
    StreamWriter writer(message, memory, fetch.stream, fetch.after);
    return answer_run(grant, {}, mark, writer, fetch.upto);
}

/// One receipt for each stride within the run, and one for its end.
Status Hub::write_receipts(const StreamMark& mark, std::uint64_t after, std::uint64_t position, Bytes& message) {
    if (host_.receipt_key.empty() || position == after) return ok();
    const auto write = [&](std::uint64_t at) -> Status {
        Hash chain = mark.chain;
        if (at != mark.head.position) {
            DOORSTEP_TRY_ASSIGN(chain, store_.chain_at(mark.no, at));
        }
        const Receipt receipt{mark.head.stream, at, mark.backed_up,
                              receipt_tag(host_.receipt_key, mark.head.stream, at, chain)};
        write_frame(message, FrameKind::receipt, receipt.encode());
        return ok();
    };
    std::uint64_t at = after - after % limits::receipt_stride + limits::receipt_stride;
    for (; at < position; at += limits::receipt_stride) DOORSTEP_TRY(write(at));
    return write(position);
}

}  // namespace doorstep
