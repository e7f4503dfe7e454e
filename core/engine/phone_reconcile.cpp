// A phone's side of a stream in which it and the office disagree: tells its own order, and takes the office's.
#include <algorithm>

#include "core/base/limits.hpp"
#include "core/engine/fork_copy.hpp"
#include "core/engine/phone.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/model/stream_chain.hpp"
#include "core/store/blobs.hpp"
#include "core/store/displaced.hpp"
#include "core/store/orders.hpp"

namespace doorstep {
namespace {

/// Other parts come with their own streams. How large the commit is then.
std::size_t keep_part_of(Commit& commit, const Stream& stream) {
    std::size_t bytes = 0;
    for (Bytes& part : commit.parts) {
        const auto of = part.empty() ? Result<Stream>(Error{}) : stream_of_part(part);
        if (!of || !(of.value() == stream)) part.clear();
        bytes += part.size() + Hash::size;
    }
    return bytes;
}

}  // namespace

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
    DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(asked.stream));
    OfferRead told{{asked.stream, {}}, {}};
    for (const Span& span : asked.spans) {
        const auto visit = [&](const PlacedDot& placed) -> Result<Store::Visit> {
            if (placed.position > span.upto) return Store::Visit::stop;
            if (placed.dot.replica != session_replica_) {  // one's own are pushed
                told.offer.items.push_back({placed.dot, head_of(placed.hash)});
                told.places.push_back({placed.position, placed.commit_no});
            }
            return placed.position < span.upto ? Store::Visit::go_on : Store::Visit::stop;
        };
        DOORSTEP_TRY(store_.placed_after(stream, span.after, visit));
    }
    if (asked.displaced_after) {
        DOORSTEP_TRY_ASSIGN(
            const std::vector<DisplacedCommit> displaced,
            DisplacedTable(store_.database())
                .without_place(stream, session_replica_, *asked.displaced_after, limits::offer_items_max));
        for (const DisplacedCommit& commit : displaced) {
            told.offer.items.push_back({commit.dot, head_of(commit.hash)});
            told.places.push_back({0, commit.no});
        }
    }
    // Who lost commits may have lost attachments too.
    const bool doubts = !asked.spans.empty() || !told.places.empty();
    if (doubts && enrolment_->covers(asked.stream)) DOORSTEP_TRY(BlobTable(store_.database()).forget_sent());
    return SyncEvent(std::move(told));
}

Result<SyncEvent> Phone::tell(const ReadBring& asked) {
    DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(asked.stream));
    DisplacedTable table(store_.database());
    ReadBring placed{asked.stream, {}, asked.bytes_max};
    for (const OfferedPlace& place : asked.places) {
        DOORSTEP_TRY_ASSIGN(const auto kept, table.find(stream, place.number));
        if (kept) break;
        placed.places.push_back(place);
    }
    DOORSTEP_TRY_ASSIGN(BringRead told,
                        placed.places.empty() ? bring_displaced(stream, asked) : bring_placed(stream, placed));
    return SyncEvent(std::move(told));
}

/// The run begins where the chain is kept and ends at the first receipt that covers the first of the places.
Result<BringRead> Phone::bring_placed(StreamNo stream, const ReadBring& asked) {
    const std::uint64_t first = asked.places.front().position;
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
        const bool is_wanted = told.taken < asked.places.size() && asked.places[told.taken].position == placed.position;
        if (!is_wanted || bytes > asked.bytes_max) {
            told.bring.entries.emplace_back(placed.hash);
        } else {
            DOORSTEP_TRY_ASSIGN(std::optional<Commit> commit, store_.find_commit(placed.dot));
            if (!commit) return Error{Errc::corrupt, "a commit of the log is gone"};
            bytes += keep_part_of(*commit, asked.stream);
            told.bring.entries.emplace_back(std::move(*commit));
            ++told.taken;
        }
        const bool carries_all = told.taken == asked.places.size() || bytes > asked.bytes_max;
        const bool ends = placed.position == upto || (!told.bring.tag && carries_all);
        return ends ? Store::Visit::stop : Store::Visit::go_on;
    };
    DOORSTEP_TRY(store_.placed_after(stream, told.bring.after, visit));
    return told;
}

/// The run in which the first of the places was attested; without one, commits that nothing attested.
Result<BringRead> Phone::bring_displaced(StreamNo stream, const ReadBring& asked) {
    DisplacedTable table(store_.database());
    BringRead told;
    told.bring.stream = asked.stream;
    DOORSTEP_TRY_ASSIGN(const std::optional<FormerRun> run, table.run_of(stream, asked.places.front().number));
    if (run) {
        told.bring.after = run->after;
        told.bring.base = run->base;
        told.bring.tag = run->tag;
        told.bring.entries.assign(run->hashes.begin(), run->hashes.end());
    }
    std::size_t bytes = 0;
    for (const OfferedPlace& place : asked.places) {
        if (bytes > asked.bytes_max) break;
        DOORSTEP_TRY_ASSIGN(std::optional<DisplacedCommit> kept, table.find(stream, place.number));
        if (!kept) break;
        const auto entry =
            std::find_if(told.bring.entries.begin(), told.bring.entries.end(), [&](const Bring::Entry& other) {
                const Hash* const hash = std::get_if<Hash>(&other);
                return hash && *hash == kept->hash;
            });
        if (run && entry == told.bring.entries.end()) break;  // another run attests it
        if (!run) {
            DOORSTEP_TRY_ASSIGN(const auto attested, table.run_of(stream, place.number));
            if (attested) break;
        }
        std::optional<Commit> commit = std::move(kept->original);
        if (!commit) {
            DOORSTEP_TRY_ASSIGN(commit, store_.find_commit(kept->dot));
        }
        if (!commit) return Error{Errc::corrupt, "a commit of the log is gone"};
        bytes += keep_part_of(*commit, asked.stream);
        if (run)
            *entry = std::move(*commit);
        else
            told.bring.entries.emplace_back(std::move(*commit));
        ++told.taken;
    }
    if (told.taken == 0) return Error{Errc::corrupt, "a displaced commit is not in the run that attests it"};
    return told;
}

/// Streams of its scope in which something was displaced and has no place yet.
Result<std::vector<Stream>> Phone::displaced() {
    DisplacedTable table(store_.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamNo> kept, table.streams());
    std::vector<Stream> out;
    for (const StreamNo no : kept) {
        DOORSTEP_TRY_ASSIGN(const Stream stream, store_.stream_of(no));
        if (!enrolment_->covers(stream)) continue;
        DOORSTEP_TRY_ASSIGN(const auto first, table.without_place(no, replica_, 0, 1));
        if (!first.empty()) out.push_back(stream);
    }
    return out;
}

Result<std::optional<Begin::Standing>> Phone::unwanted() {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> packed, store_.meta(meta_unwanted));
    if (!packed) return std::optional<Begin::Standing>();
    Reader in(*packed);
    Begin::Standing out{in.fixed<EpochId>(), Digest::decode(in)};
    if (!in.finish("unwanted")) return std::optional<Begin::Standing>();  // damaged: it is offered again
    return std::optional(out);
}

/// Both sides agree, and the office wanted nothing of what still has no place: that need not be offered again before
/// one of them moves.
Status Phone::note_unwanted() {
    DOORSTEP_TRY_ASSIGN(const std::vector<Stream> left, displaced());
    if (left.empty()) return ok();
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamHead> streams, cursors());
    Bytes packed;
    Writer out(packed);
    out.fixed(memory_.epoch);
    summarise(streams, enrolment_->digest()).encode(out);
    return store_.set_meta(meta_unwanted, packed);
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
    DOORSTEP_TRY(drop_needless_copies(store_));
    DOORSTEP_TRY(DisplacedTable(store_.database()).settle(mark.no, repair.batch.after));
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
    return transaction.commit();
}

Result<std::optional<Bytes>> Phone::read_again(const Data& batch) {
    constexpr std::uint32_t ways_max = 8;  // each makes way for a whole batch
    if (++forks_ > ways_max) return Error{Errc::forked, "the office has other commits at every try"};
    DOORSTEP_TRY(make_way(batch));
    return begin_session();
}

}  // namespace doorstep
