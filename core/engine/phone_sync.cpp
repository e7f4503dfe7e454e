// A phone's side of a synchronisation: performs the session's actions on the store, in order.
#include <algorithm>
#include <deque>

#include "core/engine/admission.hpp"
#include "core/engine/fold.hpp"
#include "core/engine/fork_copy.hpp"
#include "core/engine/forms.hpp"
#include "core/engine/fsck.hpp"
#include "core/engine/leaving.hpp"
#include "core/engine/phone.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/engine/rekey.hpp"
#include "core/store/blobs.hpp"
#include "core/store/displaced.hpp"
#include "core/store/scrub.hpp"
#include "core/store/sealed.hpp"

namespace doorstep {
namespace {

constexpr std::uint32_t forks_max = 8;  // copies of copies, each of which was there first

}  // namespace

Result<Bytes> Phone::begin_sync() {
    if (!enrolment_) return Error{Errc::not_enrolled, "a synchronisation needs an enrolled phone"};
    report_ = {};
    forks_ = rescopes_ = 0;
    DOORSTEP_TRY_ASSIGN(std::optional<Bytes> request, begin_session());
    assert(request);  // a session always opens with a request
    return std::move(*request);
}

Result<std::optional<Bytes>> Phone::begin_session() {
    Begin begin;
    begin.replica = replica_;
    DOORSTEP_TRY_ASSIGN(begin.top, own_top());
    begin.pushed_seq = std::min(memory_.durable_seq, begin.top.seq);
    begin.epoch = memory_.epoch;
    DOORSTEP_TRY_ASSIGN(begin.streams, cursors());
    DOORSTEP_TRY_ASSIGN(begin.displaced, displaced());
    DOORSTEP_TRY_ASSIGN(begin.unwanted, unwanted());
    DOORSTEP_TRY_ASSIGN(begin.leaving, leaving_streams(store_, *enrolment_, replica_));
    begin.scope = enrolment_->digest();
    for (const PurgedStream& purged : purged_) {
        const bool regained = enrolment_->covers(purged.stream);
        if (regained) begin.regained.push_back(purged.stream);
        if (!regained && purged.proof == PurgedStream::Proof::due) begin.purged.push_back(purged.stream);
    }
    std::sort(begin.purged.begin(), begin.purged.end());
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> names, store_.meta(meta_names));
    if (names && !names->empty()) begin.names = Begin::Names::wanted;
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> staged, store_.meta(meta_staged));
    if (staged && !staged->empty()) {
        auto partial = PartialChunk::unpack(*staged);
        const bool wanted = partial && enrolment_->covers(partial.value().stream);
        if (wanted) begin.staged = std::move(partial.value());  // damaged, it is asked for again
    }
    session_replica_ = replica_;
    session_.emplace();
    return perform(session_->on(std::move(begin)), 0);
}

/// How far it goes in each stream of its scope.
Result<std::vector<StreamHead>> Phone::cursors() {
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store_.streams());
    std::vector<StreamHead> out;
    for (const StreamMark& mark : marks)
        if (enrolment_->covers(mark.head.stream)) out.push_back(mark.head);
    return out;
}

Result<std::optional<Bytes>> Phone::continue_sync(BytesView answer, std::uint64_t now_ms) {
    if (!session_) return Error{Errc::invalid_argument, "no synchronisation is under way"};
    report_.received_bytes += answer.size();
    auto next = perform(session_->on(Received{Bytes(answer)}), now_ms);
    if (!next || !next.value()) {
        session_.reset();
        if (report_.pulled_commits > 0) {
            DOORSTEP_TRY_ASSIGN(forms_, load_forms(store_));
        }
        DOORSTEP_TRY(scrub_if_asked(store_));
    }
    return next;
}

Result<std::optional<Bytes>> Phone::perform(std::vector<SyncAction> actions, std::uint64_t now_ms) {
    std::deque<SyncAction> queue(std::make_move_iterator(actions.begin()), std::make_move_iterator(actions.end()));
    const auto report = [&](Result<SyncEvent> event) -> Status {
        DOORSTEP_TRY_ASSIGN(SyncEvent happened, std::move(event));
        for (SyncAction& further : session_->on(std::move(happened))) queue.push_back(std::move(further));
        return ok();
    };
    for (; !queue.empty(); queue.pop_front()) {
        SyncAction& action = queue.front();
        if (const auto* learnt = std::get_if<Learn>(&action)) {
            DOORSTEP_TRY(learn(learnt->welcome, now_ms));
        } else if (const auto* restored = std::get_if<Restored>(&action)) {
            DOORSTEP_TRY_ASSIGN(const ChainTop top, own_top());
            // A save came in between, on the old chain: a new session pushes it, and the server says where it forks.
            if (replica_ == session_replica_ && top.seq != restored->top_seq) return begin_session();
            DOORSTEP_TRY(begin_incarnation());
        } else if (const auto* fork = std::get_if<Fork>(&action)) {
            DOORSTEP_TRY(go_on_as_fork(fork->at_seq));
            return begin_session();
        } else if (const auto* apply = std::get_if<Apply>(&action)) {
            const Status applied = apply_batch(*apply, now_ms);
            if (!applied && applied.error().code == Errc::forked) return read_again(apply->batch);
            DOORSTEP_TRY(applied);
        } else if (const auto* stage = std::get_if<Stage>(&action)) {
            DOORSTEP_TRY(store_.set_meta(meta_staged, stage->partial ? stage->partial->pack() : Bytes()));
        } else if (const auto* mend = std::get_if<Repair>(&action)) {
            auto moved = repair(*mend, now_ms);
            if (!moved && moved.error().code == Errc::forked) return read_again(mend->batch);
            DOORSTEP_TRY(report(std::move(moved)));
        } else if (const auto* end = std::get_if<Truncate>(&action)) {
            DOORSTEP_TRY(report(truncate(*end)));
        } else if (const auto* points = std::get_if<ReadPoints>(&action)) {
            DOORSTEP_TRY(report(tell(*points)));
        } else if (const auto* offer = std::get_if<ReadOffer>(&action)) {
            DOORSTEP_TRY(report(tell(*offer)));
        } else if (const auto* bring = std::get_if<ReadBring>(&action)) {
            DOORSTEP_TRY(report(tell(*bring)));
        } else if (const auto* read = std::get_if<ReadOutbox>(&action)) {
            DOORSTEP_TRY_ASSIGN(Outbox outbox, read_outbox(*read));
            report_.pushed_commits += outbox.commits.size();
            DOORSTEP_TRY(report(SyncEvent(std::move(outbox))));
        } else if (const auto* rescope = std::get_if<Rescope>(&action)) {
            DOORSTEP_TRY(adopt(rescope->scope));
            return begin_session();
        } else if (auto* names = std::get_if<TakeNames>(&action)) {
            DOORSTEP_TRY(take_names(std::move(names->rows)));
        } else if (const auto* offered = std::get_if<Offered>(&action)) {
            DOORSTEP_TRY(note_offered(store_, offered->stream));
        } else if (std::holds_alternative<Proved>(action)) {
            DOORSTEP_TRY(note_proved());
        } else if (const auto* finished = std::get_if<Finished>(&action)) {
            if (finished->agrees == Finished::Agrees::yes) DOORSTEP_TRY(settle_regained());
            if (finished->agrees == Finished::Agrees::yes) DOORSTEP_TRY(note_unwanted());
        } else if (auto* send = std::get_if<Send>(&action)) {
            ++report_.round_trips;
            report_.sent_bytes += send->message.size();
            return std::optional<Bytes>(std::move(send->message));
        } else if (const auto* failed = std::get_if<Failed>(&action)) {
            return failed->error;
        }
    }
    return std::optional<Bytes>();
}

Status Phone::learn(const Welcome& welcome, std::uint64_t now_ms) {
    SyncMemory memory;
    memory.epoch = welcome.epoch.value_or(memory_.epoch);
    memory.durable_seq = replica_ == session_replica_ ? welcome.durable_seq : 0;
    memory.backed_up_seq = std::min(welcome.backed_up_seq, memory.durable_seq);
    memory.offset_ms = static_cast<std::int64_t>(now_ms - welcome.server_ms);
    memory.clock = clock_.last();
    memory.held = welcome.held;
    // A server that became an older one may have lost attachments too: each is asked about again.
    const bool another_life = welcome.epoch && memory_.epoch != EpochId{};
    if (another_life || memory.durable_seq < memory_.durable_seq) {
        DOORSTEP_TRY(BlobTable(store_.database()).forget_sent());
        DOORSTEP_TRY(forget_offered(store_));
    }
    DOORSTEP_TRY(store_.set_meta(meta_sync, pack_memory(memory)));
    if (memory.backed_up_seq > memory_.backed_up_seq) DOORSTEP_TRY(drop_sealed(store_, replica_, memory.backed_up_seq));
    memory_ = std::move(memory);
    return ok();
}

/// Goes on under a new replica id, so that no dot is used twice; the later commits of the old one come back as
/// anybody's.
Status Phone::begin_incarnation() {
    if (replica_ != session_replica_) return ok();  // done already, within this session
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    const ReplicaId replica = entropy_.draw<ReplicaId>();
    SyncMemory memory = memory_;
    memory.durable_seq = memory.backed_up_seq = 0;
    DOORSTEP_TRY(become(replica));
    DOORSTEP_TRY(store_.set_meta(meta_sync, pack_memory(memory)));
    DOORSTEP_TRY(transaction.commit());
    replica_ = replica;
    memory_ = std::move(memory);
    return ok();
}

/// One entry of a batch: a commit, or a reminder of one of this phone's own. What a commit says in other streams is
/// shown at once, but has no place there until those are pulled: should that be cut off and the office lose it
/// meanwhile, it is offered like what lost its place (docs/adr/0027).
Result<CommitRow> Phone::take_entry(Admission& admission, const Stream& stream, const Data::Entry& entry,
                                    std::uint64_t now_ms) {
    if (const Data::Own* own = std::get_if<Data::Own>(&entry)) {
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_.find_row({session_replica_, own->seq}));
        if (!row) return Error{Errc::malformed, "the server names a commit of this phone that it never made"};
        if (was_purged(stream)) {
            DOORSTEP_TRY_ASSIGN(const bool whole, has_part({session_replica_, own->seq}, stream));
            if (!whole) return Error{Errc::malformed, "the server names a commit that was purged here"};
        }
        return *row;
    }
    const Commit& commit = std::get<Commit>(entry);
    const Hash hash = commit.header.hash();
    DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(commit));
    DOORSTEP_TRY_ASSIGN(const Admission::Outcome outcome, admission.admit(commit, hash, parts));
    report_.pulled_commits += outcome.admitted == Admitted::known ? 0 : 1;
    clock_.observe(commit.header.hlc, now_ms);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!parts[i] || !outcome.taken[i] || parts[i]->stream == stream) continue;
        DOORSTEP_TRY_ASSIGN(const StreamNo other, store_.stream_no(parts[i]->stream));
        DOORSTEP_TRY(DisplacedTable(store_.database()).add(other, {outcome.no, run_awaited, {}}));
    }
    if (outcome.admitted != Admitted::known && copied_from(commit)) copies_.push_back(commit);
    return CommitRow{outcome.no, hash};
}

/// From at_seq on, the server has other commits under this replica's dots. See rekey.hpp.
Status Phone::go_on_as_fork(std::uint64_t at_seq) {
    if (++forks_ > forks_max) return Error{Errc::forked, "the server finds a fork at every try"};
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> first, store_.find_row({replica_, at_seq}));
    if (!first) return Error{Errc::malformed, "the server tells of a fork where this phone has no commit"};
    const ReplicaId fork = derive_fork(replica_, first->hash);
    DOORSTEP_TRY(rekey(store_, replica_, at_seq, fork));
    SyncMemory memory = memory_;
    memory.durable_seq = memory.backed_up_seq = 0;
    memory.held.clear();
    DOORSTEP_TRY(become(fork));
    DOORSTEP_TRY(store_.set_meta(meta_sync, pack_memory(memory)));
    DOORSTEP_TRY(transaction.commit());
    replica_ = fork;
    memory_ = std::move(memory);
    return ok();
}

Status Phone::apply_batch(const Apply& apply, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    Admission admission(store_);
    const Stream& stream = apply.reached.stream;
    DOORSTEP_TRY_ASSIGN(const StreamHead from, admission.head(stream));
    if (apply.batch.after != from.position) return Error{Errc::malformed, "a batch does not begin at the cursor"};
    copies_.clear();
    for (const Data::Entry& entry : apply.batch.entries) {
        DOORSTEP_TRY_ASSIGN(const CommitRow row, take_entry(admission, stream, entry, now_ms));
        DOORSTEP_TRY(admission.place(stream, row.no, row.hash));
    }
    DOORSTEP_TRY_ASSIGN(const StreamHead reached, admission.head(stream));
    if (reached.digest != apply.reached.digest)
        return Error{Errc::digest_mismatch, "a batch does not lead to the digest of its checkpoint"};
    DOORSTEP_TRY_ASSIGN(const StreamNo no, store_.stream_no(stream));
    DOORSTEP_TRY(keep(no, apply.receipts));
    DOORSTEP_TRY(admission.finish());
    for (const Commit& copy : copies_) DOORSTEP_TRY(drop_copied(store_, copy));
    DOORSTEP_TRY(drop_needless_copies(store_));
    DOORSTEP_TRY(DisplacedTable(store_.database()).settle(no, apply.batch.after));
    memory_.clock = clock_.last();  // what was observed holds after a restart too
    DOORSTEP_TRY(store_.set_meta(meta_sync, pack_memory(memory_)));
    DOORSTEP_TRY(transaction.commit());
    return apply.states ? compare_states(stream, *apply.states) : ok();
}

/// The same commits and other records: what is here is folded again from the log, once; if that does not settle it, one
/// of the two programs merges wrongly, and people are told.
Status Phone::compare_states(const Stream& stream, const Digest& theirs) {
    const auto agrees = [&]() -> Result<bool> {
        DOORSTEP_TRY_ASSIGN(const StreamMark mark, store_.stream_mark(stream));
        if (mark.states.digest == theirs) return true;
        DOORSTEP_TRY_ASSIGN(const bool settled, is_settled(store_, mark));
        return !settled;
    };
    DOORSTEP_TRY_ASSIGN(bool agreed, agrees());
    if (!agreed && refolded_ == Refolded::no) {
        refolded_ = Refolded::yes;
        ++report_.refolded;
        const Status rebuilt = rebuild(store_);
        if (!rebuilt && rebuilt.error().code != Errc::corrupt) return rebuilt;
        DOORSTEP_TRY_ASSIGN(agreed, agrees());
    }
    if (!agreed) ++report_.streams_in_doubt;
    return ok();
}

}  // namespace doorstep
