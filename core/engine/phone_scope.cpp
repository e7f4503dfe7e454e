// A phone's scope as the office tells it, and what a purge left to be said and to be sent.
#include <algorithm>

#include "core/base/limits.hpp"
#include "core/engine/leaving.hpp"
#include "core/engine/phone.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/store/sealed.hpp"

namespace doorstep {
namespace {

/// Whether every area of `now` lies in one of `before`: then its places have names already.
bool knows_places(const Scope& before, const Scope& now) {
    return std::all_of(now.areas.begin(), now.areas.end(), [&](const Area& area) { return before.writes({area, {}}); });
}

bool lacks_a_part(const Commit& commit) {
    return std::any_of(commit.parts.begin(), commit.parts.end(), [](const Bytes& part) { return part.empty(); });
}

}  // namespace

/// Saves are held to the new scope from here on. What lies outside it stays in the file until the host purges it.
Status Phone::adopt(const Scope& scope) {
    if (++rescopes_ > limits::rescopes_max)
        return Error{Errc::malformed, "the office tells another scope at every try"};
    Enrolment next = *enrolment_;
    const bool names_known = knows_places(next, scope);
    static_cast<Scope&>(next) = scope;
    if (names_known) next.divisions = next.divisions.within(scope.areas);
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY(store_.set_meta(meta_enrolment, pack_enrolment(next)));
    DOORSTEP_TRY(forget_offered(store_));
    if (!names_known) DOORSTEP_TRY(store_.set_meta(meta_names, "wanted"));
    DOORSTEP_TRY(transaction.commit());
    enrolment_ = std::move(next);
    return ok();
}

Status Phone::take_names(std::vector<Division> rows) {
    Enrolment next = *enrolment_;
    next.divisions = Divisions(std::move(rows));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY(store_.set_meta(meta_enrolment, pack_enrolment(next)));
    DOORSTEP_TRY(store_.set_meta(meta_names, {}));
    DOORSTEP_TRY(transaction.commit());
    enrolment_ = std::move(next);
    return ok();
}

Status Phone::set_purged(std::vector<PurgedStream> purged) {
    DOORSTEP_TRY(store_.set_meta(meta_purged, pack_purged(purged)));
    purged_ = std::move(purged);
    return ok();
}

Status Phone::note_proved() {
    std::vector<PurgedStream> purged = purged_;
    for (PurgedStream& one : purged)
        if (!enrolment_->covers(one.stream)) one.proof = PurgedStream::Proof::told;
    return set_purged(std::move(purged));
}

/// Both sides agree: what was granted again is here whole.
Status Phone::settle_regained() {
    std::vector<PurgedStream> purged = purged_;
    std::erase_if(purged, [&](const PurgedStream& one) { return enrolment_->covers(one.stream); });
    return purged.size() == purged_.size() ? ok() : set_purged(std::move(purged));
}

bool Phone::was_purged(const Stream& stream) const {
    return std::any_of(purged_.begin(), purged_.end(), [&](const PurgedStream& one) { return one.stream == stream; });
}

Result<bool> Phone::has_part(const Dot& dot, const Stream& stream) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_.find_commit(dot));
    if (!commit) return false;
    return std::any_of(commit->parts.begin(), commit->parts.end(), [&](const Bytes& part) {
        const auto of = stream_of_part(part);
        return of && of.value() == stream;
    });
}

/// Commits as they are here; from one on that was purged, what was sealed of it before.
Result<Outbox> Phone::read_outbox(const ReadOutbox& asked) {
    Outbox out;
    DOORSTEP_TRY_ASSIGN(out.commits, store_.commits_after(replica_, asked.after_seq, asked.bytes_max));
    for (std::size_t i = 0; i < out.commits.size(); ++i) {
        if (!lacks_a_part(out.commits[i])) continue;
        DOORSTEP_TRY_ASSIGN(std::optional<SealedRun> run, find_sealed(store_, replica_, out.commits[i].header.dot.seq));
        if (!run) continue;
        if (i == 0) {
            out.sealed = std::move(run->file);
            out.sealed_to_seq = run->to_seq;
        }
        out.commits.resize(i);
        break;
    }
    return out;
}

}  // namespace doorstep
