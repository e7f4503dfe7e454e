// Opening, enrolment, saving and reading. Synchronisation is in phone_sync.cpp.
#include "core/engine/phone.hpp"

#include <algorithm>

#include "core/engine/admission.hpp"
#include "core/engine/forms.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/engine/queries_columns.hpp"
#include "core/store/scrub.hpp"

namespace doorstep {

Result<std::unique_ptr<Phone>> Phone::open(const DatabaseOptions& options, const EntropySeed& seed) {
    DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
    std::unique_ptr<Phone> phone(new Phone(std::move(store), seed));
    DOORSTEP_TRY(phone->load());
    return phone;
}

Status Phone::load() {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> replica, store_.meta(meta_replica));
    if (replica) {
        DOORSTEP_TRY_ASSIGN(replica_, ReplicaId::from(*replica));
    } else {
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
        replica_ = entropy_.draw<ReplicaId>();
        DOORSTEP_TRY(become(replica_));
        DOORSTEP_TRY(transaction.commit());
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> enrolment, store_.meta(meta_enrolment));
    if (enrolment) {
        DOORSTEP_TRY_ASSIGN(enrolment_, unpack_enrolment(*enrolment));
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> sync, store_.meta(meta_sync));
    if (sync) {
        DOORSTEP_TRY_ASSIGN(memory_, unpack_memory(*sync));
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> purged, store_.meta(meta_purged));
    DOORSTEP_TRY_ASSIGN(purged_, unpack_purged(purged.value_or(Bytes())));
    DOORSTEP_TRY_ASSIGN(forms_, load_forms(store_));
    // The clock never goes back behind what it issued (the last own commit) or observed (kept at each sync).
    clock_ = HlcClock(memory_.clock);
    DOORSTEP_TRY_ASSIGN(const ChainTop top, own_top());
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> last, store_.find_commit({replica_, top.seq}));
    if (last && memory_.clock < last->header.hlc) clock_ = HlcClock(last->header.hlc);
    static_cast<void>(scrub_if_asked(store_));  // a full disk is no reason not to open; the next time tries again
    return ok();
}

/// Within a transaction of the caller: says twice, on two pages, which replica this file is.
Status Phone::become(const ReplicaId& replica) {
    DOORSTEP_TRY(store_.set_meta(meta_replica, replica.view()));
    return store_.mark_own(replica);
}

Result<std::string> Phone::enrolment_token() {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> kept, store_.meta(meta_token));
    if (kept) return to_hex(*kept);
    const Hash token = entropy_.draw32();
    DOORSTEP_TRY(store_.set_meta(meta_token, token.view()));
    return token.hex();
}

Status Phone::enrol(const Enrolment& enrolment) {
    DOORSTEP_TRY(store_.set_meta(meta_enrolment, pack_enrolment(enrolment)));
    enrolment_ = enrolment;
    return ok();
}

/// Whether there are such places for new records.
Status Phone::check_homes(const std::vector<RecordEdit>& edits) const {
    if (!enrolment_) return Error{Errc::not_enrolled, "save needs an enrolled phone"};
    for (const RecordEdit& edit : edits)
        if (!edit.record && !enrolment_->divisions.exists(edit.home.area.division))
            return Error{Errc::unknown_area,
                         "no division " + edit.home.area.text() + " among those this phone was given"};
    return ok();
}

/// Whether the office will let this phone write into every stream that the commit touches: it asks the same scope.
Status Phone::check_scope(const Commit& commit) const {
    for (const Bytes& part : commit.parts) {
        DOORSTEP_TRY_ASSIGN(const Stream stream, stream_of_part(part));
        if (enrolment_->writes(stream)) continue;
        if (enrolment_->writes({stream.area, {}}))
            return Error{Errc::forbidden, "this phone may not write into that compartment"};
        return Error{Errc::unknown_area, "division " + stream.area.text() + " lies outside this phone's areas"};
    }
    return ok();
}

Result<std::vector<RecordId>> Phone::save(const std::vector<RecordEdit>& edits, std::uint64_t now_ms) {
    DOORSTEP_TRY(check_homes(edits));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY_ASSIGN(const ChainTop top, own_top());
    const Stamp stamp{{replica_, top.seq + 1}, top.hash,           clock_.next(now_ms), now_ms,
                      memory_.offset_ms,       enrolment_->author, Side::phone,         &forms_,
                      &*enrolment_};
    DOORSTEP_TRY_ASSIGN(Composed composed, compose(store_, edits, stamp, entropy_));
    DOORSTEP_TRY(check_scope(composed.commit));
    DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(composed.commit));
    Admission admission(store_);
    DOORSTEP_TRY(admission.admit(composed.commit, composed.commit.header.hash(), parts));
    DOORSTEP_TRY(admission.finish());
    DOORSTEP_TRY(transaction.commit());
    return std::move(composed.records);
}

Result<RecordId> Phone::propose(const Proposal& proposal, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordEdit> edits, doorstep::propose(store_, proposal));
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordId> records, save(edits, now_ms));
    return records.front();
}

Status Phone::save_act(Result<std::vector<RecordEdit>> act, std::uint64_t now_ms) {
    if (!act) return act.error();
    DOORSTEP_TRY(save(act.value(), now_ms));
    return ok();
}

/// Of an act on several records, what this phone may write: what left its scope waits for a purge.
Result<std::vector<RecordEdit>> Phone::within_scope(Result<std::vector<RecordEdit>> act) const {
    if (!act || !enrolment_) return act;
    std::vector<RecordEdit>& edits = act.value();
    const auto is_outside = [&](const RecordEdit& edit) { return !enrolment_->writes(edit.home); };
    if (!std::all_of(edits.begin(), edits.end(), is_outside)) std::erase_if(edits, is_outside);
    return act;
}

Status Phone::remove(const RecordId& record, std::uint64_t now_ms) {
    return save_act(within_scope(removal(store_, record)), now_ms);
}

Status Phone::restore(const RecordId& record, std::uint64_t now_ms) {
    return save_act(within_scope(restoration(store_, record)), now_ms);
}

Status Phone::mark_same(const RecordId& a, const RecordId& b, std::uint64_t now_ms) {
    return save_act(sameness(store_, a, b, Op::Action::put), now_ms);
}

Status Phone::unmark_same(const RecordId& a, const RecordId& b, std::uint64_t now_ms) {
    return save_act(sameness(store_, a, b, Op::Action::remove), now_ms);
}

Result<std::vector<RecordView>> Phone::list(std::uint32_t type, std::size_t rows_max) {
    return list_views(store_, type, rows_max);
}

Status Phone::maintain() {
    DOORSTEP_TRY(settle_columns(store_, late_step_rows));
    return store_.database().checkpoint();
}

Result<OutboxStatus> Phone::outbox() {
    DOORSTEP_TRY_ASSIGN(const ChainTop top, own_top());
    OutboxStatus out;
    const std::uint64_t durable = std::min(memory_.durable_seq, top.seq);
    out.saved = top.seq;
    out.only_here = top.seq - durable;
    out.backed_up = std::min(memory_.backed_up_seq, durable);
    out.received = durable - out.backed_up;
    out.held = memory_.held;
    return out;
}

}  // namespace doorstep
