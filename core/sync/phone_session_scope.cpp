// What a synchronisation says of the phone's scope, asked and told beside everything else, and of each PULL.
#include <algorithm>

#include "core/sync/phone_session.hpp"

namespace doorstep {

/// What goes beside the first request: the proof of a purge, and the wish for names.
void PhoneSession::write_scope_requests(Bytes& message) const {
    if (!self_.purged.empty()) write_frame(message, FrameKind::purged, Purged{self_.purged}.encode());
    if (self_.names == Begin::Names::wanted) write_frame(message, FrameKind::ask_names, {});
}

/// Both sides speak of the streams within one scope, so another one ends the session: the host begins anew with it.
bool PhoneSession::settle_scope(std::vector<SyncAction>& actions) {
    if (!self_.purged.empty() && !refused_) actions.push_back(Proved{});
    self_.purged.clear();
    self_.names = Begin::Names::known;
    if (!scope_told_ || refused_ || scope_told_->digest() == self_.scope) return false;
    state_ = State::over;
    actions.push_back(Rescope{*std::move(scope_told_)});
    return true;
}

FrameKind PhoneSession::pull_kind(const Stream& stream) const {
    const bool regained = std::find(self_.regained.begin(), self_.regained.end(), stream) != self_.regained.end();
    return regained ? FrameKind::pull_whole : FrameKind::pull;
}

Pull::Staged PhoneSession::staged_of(const Stream& stream) const {
    const PartialChunk* partial = inbox_.partial();
    if (!partial || !(partial->stream == stream)) return {};
    return {partial->bytes.size(), partial->chunk};
}

Status PhoneSession::read_names(BytesView payload, std::vector<SyncAction>& actions) {
    DOORSTEP_TRY_ASSIGN(Names names, Names::decode(payload));
    actions.push_back(TakeNames{std::move(names.rows)});
    return ok();
}

}  // namespace doorstep
