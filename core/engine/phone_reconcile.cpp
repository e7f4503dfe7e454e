// A phone's side of a stream in which it and the office disagree: tells its own order, and takes the office's.
#include <algorithm>

#include "core/base/limits.hpp"
#include "core/engine/fork_copy.hpp"
#include "core/engine/phone.hpp"
#include "core/engine/recount.hpp"
#include "core/model/stream_chain.hpp"
#include "core/store/blobs.hpp"
#include "core/store/orders.hpp"

namespace doorstep {

Result<SyncEvent> Phone::tell(const ReadPoints& asked) {
    DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(asked.stream));
    PointsRead told{asked.stream, {}};
    for (const std::uint64_t position : asked.positions) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Digest> digest, store_.digest_at(stream, position));
        if (!digest) return Error{Errc::corrupt, "a stream has a gap"};
        told.points.push_back({position, *digest});
    }
    return SyncEvent(std::move(told));
}

Result<SyncEvent> Phone::tell(const ReadOffer& asked) {
    DOORSTEP_TRY(BlobTable(store_.database()).forget_sent());  // who lost commits may have lost attachments too
    DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(asked.stream));
    OfferRead told{{asked.stream, {}}, {}};
    for (const Span& span : asked.spans) {
        const auto visit = [&](const PlacedDot& placed) -> Result<Store::Visit> {
            if (placed.position > span.upto) return Store::Visit::stop;
            if (placed.dot.replica != session_replica_) {  // one's own are pushed
                told.offer.items.push_back({placed.dot, head_of(placed.hash)});
                told.positions.push_back(placed.position);
            }
            return placed.position < span.upto ? Store::Visit::go_on : Store::Visit::stop;
        };
        DOORSTEP_TRY(store_.placed_after(stream, span.after, visit));
    }
    return SyncEvent(std::move(told));
}

/// The run begins where the chain is kept and ends at the first receipt that covers the first of the positions.
Result<SyncEvent> Phone::tell(const ReadBring& asked) {
    DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(asked.stream));
    const std::uint64_t first = asked.positions.front();
    BringRead told;
    told.bring.stream = asked.stream;
    told.bring.after = (first - 1) - (first - 1) % limits::receipt_stride;
    DOORSTEP_TRY_ASSIGN(told.bring.base, store_.chain_at(stream, told.bring.after));
    DOORSTEP_TRY_ASSIGN(const auto receipt, store_.receipt_from(stream, first));
    std::uint64_t upto = told.bring.after + limits::bring_entries_max;
    if (receipt && receipt->position <= upto) {
        told.bring.tag = receipt->tag;
        upto = receipt->position;
    }
    std::size_t bytes = 0;
    const auto visit = [&](const PlacedDot& placed) -> Result<Store::Visit> {
        const bool is_wanted = told.taken < asked.positions.size() && asked.positions[told.taken] == placed.position;
        if (!is_wanted || bytes > asked.bytes_max) {
            told.bring.entries.emplace_back(placed.hash);
        } else {
            DOORSTEP_TRY_ASSIGN(std::optional<Commit> commit, store_.find_commit(placed.dot));
            if (!commit) return Error{Errc::corrupt, "a commit of the log is gone"};
            for (Bytes& part : commit->parts) {
                const auto of = part.empty() ? Result<Stream>(Error{}) : stream_of_part(part);
                if (!of || !(of.value() == asked.stream)) part.clear();
                bytes += part.size() + Hash::size;
            }
            told.bring.entries.emplace_back(std::move(*commit));
            ++told.taken;
        }
        const bool carries_all = told.taken == asked.positions.size() || bytes > asked.bytes_max;
        const bool ends = placed.position == upto || (!told.bring.tag && carries_all);
        return ends ? Store::Visit::stop : Store::Visit::go_on;
    };
    DOORSTEP_TRY(store_.placed_after(stream, told.bring.after, visit));
    return SyncEvent(std::move(told));
}

Result<SyncEvent> Phone::truncate(const Truncate& truncate) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY_ASSIGN(StreamMark mark, store_.stream_mark(truncate.stream));
    DOORSTEP_TRY_ASSIGN(const std::optional<Digest> digest, store_.digest_at(mark.no, truncate.position));
    if (!digest) return Error{Errc::corrupt, "a stream has a gap"};
    DOORSTEP_TRY(store_.forget_entries_after(mark.no, truncate.position));
    DOORSTEP_TRY_ASSIGN(mark.chain, store_.chain_at(mark.no, truncate.position));
    mark.head.position = truncate.position;
    mark.head.digest = *digest;
    DOORSTEP_TRY(store_.set_stream_mark(mark));
    DOORSTEP_TRY(recount_erased(store_));
    DOORSTEP_TRY(transaction.commit());
    return SyncEvent(Moved{mark.head});
}

/// Puts the office's commits where it has them; what comes after them keeps its place, and its digests move along.
Result<SyncEvent> Phone::repair(const Repair& repair, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    Admission admission(store_);
    const Stream& stream = repair.reached.stream;
    DOORSTEP_TRY_ASSIGN(StreamMark mark, store_.stream_mark(stream));
    const std::uint64_t end = repair.reached.position;
    DOORSTEP_TRY_ASSIGN(const std::optional<Digest> before, store_.digest_at(mark.no, repair.batch.after));
    DOORSTEP_TRY_ASSIGN(const std::optional<Digest> there, store_.digest_at(mark.no, end));
    if (!before || !there) return Error{Errc::malformed, "a repair lies beyond the cursor"};
    Digest digest = *before;
    std::uint64_t position = repair.batch.after;
    copies_.clear();
    DOORSTEP_TRY(clear_places(store_, mark.no, position, position + repair.batch.entries.size()));
    for (const Data::Entry& entry : repair.batch.entries) {
        DOORSTEP_TRY_ASSIGN(const CommitRow row, take_entry(admission, stream, entry, now_ms));
        digest += Digest::at(++position, row.hash);
        DOORSTEP_TRY(store_.append_entry(mark.no, position, row.no, digest));
    }
    if (digest != repair.reached.digest)
        return Error{Errc::digest_mismatch, "a repair does not lead to the digest of its checkpoint"};
    Digest difference = digest;
    difference -= *there;
    DOORSTEP_TRY(store_.shift_digests_after(mark.no, end, difference));
    mark.head.digest += difference;
    DOORSTEP_TRY_ASSIGN(mark.chain, store_.follow_chain_after(mark.no, repair.batch.after));
    DOORSTEP_TRY(admission.move(stream, mark.head.position, mark.head.digest, mark.chain));
    DOORSTEP_TRY(keep(mark.no, repair.receipts));
    DOORSTEP_TRY(admission.finish());
    for (const Commit& copy : copies_) DOORSTEP_TRY(drop_copied(store_, copy));
    DOORSTEP_TRY(recount_erased(store_));
    DOORSTEP_TRY(transaction.commit());
    return SyncEvent(Moved{mark.head});
}

Status Phone::keep(StreamNo stream, const std::vector<Receipt>& receipts) {
    for (const Receipt& receipt : receipts) {
        DOORSTEP_TRY(store_.keep_receipt(stream, receipt.position, receipt.tag));
        DOORSTEP_TRY(store_.set_backed_up(stream, receipt.backed_up));
    }
    return ok();
}

/// The office has other commits under some dots of a batch: those that are here go on as their copies (fork_copy.hpp),
/// and the streams that placed them are read again.
Status Phone::make_way(const Data& batch) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    std::uint64_t moved = 0;
    for (const Data::Entry& entry : batch.entries) {
        const Commit* commit = std::get_if<Commit>(&entry);
        if (!commit || commit->header.dot.replica == replica_) continue;
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_.find_row(commit->header.dot));
        if (!row || row->hash == commit->header.hash()) continue;
        DOORSTEP_TRY(make_room(store_, commit->header.dot));
        ++moved;
    }
    if (moved == 0) return Error{Errc::forked, "the office has another commit under a dot of this phone"};
    DOORSTEP_TRY(recount_erased(store_));
    return transaction.commit();
}

Result<std::optional<Bytes>> Phone::read_again(const Data& batch) {
    constexpr std::uint32_t ways_max = 8;  // each makes way for a whole batch
    if (++forks_ > ways_max) return Error{Errc::forked, "the office has other commits at every try"};
    DOORSTEP_TRY(make_way(batch));
    return begin_session();
}

}  // namespace doorstep
