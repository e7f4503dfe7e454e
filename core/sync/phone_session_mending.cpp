// Streams on which phone and server part, within a session: which they are, and what is asked of the host for them.
#include <algorithm>

#include "core/sync/phone_session.hpp"

namespace doorstep {
namespace {

constexpr int mendings_max = 3;

}  // namespace

Reconcile* PhoneSession::mending(const Stream& stream) {
    for (Reconcile& here : mended_)
        if (here.stream() == stream) return &here;
    return nullptr;
}

std::uint64_t PhoneSession::server_head(const Stream& stream) const {
    for (const StreamHead& head : heads_)
        if (head.stream == stream) return head.position;
    return 0;
}

/// Streams of which the heads alone say that the histories part: a PULL there would find nothing to go on from.
void PhoneSession::find_suspects() {
    if (heads_known_ == Heads::untold) return;
    for (const StreamHead& here : self_.streams) {
        if (here.position == 0 || given_up_.count(here.stream) == 1 || mending(here.stream)) continue;
        const std::uint64_t there = server_head(here.stream);
        bool differs = there < here.position;
        for (const StreamHead& head : heads_)
            if (head.stream == here.stream && head.position == here.position) differs = head.digest != here.digest;
        if (differs) suspects_.insert(here.stream);
    }
}

void PhoneSession::start_mending() {
    std::size_t active = 0;
    for (const Reconcile& here : mended_) active += here.is_fetching() || here.is_done() ? 0 : 1;
    while (!suspects_.empty() && active < mended_at_once_max) {
        const Stream stream = *suspects_.begin();
        suspects_.erase(suspects_.begin());
        if (++mendings_[stream] > mendings_max) {
            given_up_.insert(stream);
            continue;
        }
        mended_.emplace_back(stream, cursor(stream).position, server_head(stream));
        ++active;
    }
}

bool PhoneSession::has_to_offer() const {
    return !suspects_.empty() || std::any_of(mended_.begin(), mended_.end(), [](const Reconcile& here) {
        return !here.is_fetching() && !here.is_done();
    });
}

/// Both sides agree, so that nothing is to be mended; but what was displaced here is in no digest, and a server that
/// became an older one may lack it.
void PhoneSession::doubt_displaced() {
    suspects_.clear();
    std::erase_if(mended_, [](const Reconcile& here) { return !here.is_offering() && !here.is_leaving(); });
    const auto& unwanted = self_.unwanted;
    if (unwanted && unwanted->epoch == self_.epoch && unwanted->summary == summary_) self_.displaced.clear();
    while (!self_.displaced.empty() && mended_.size() < mended_at_once_max) {
        const Stream stream = self_.displaced.back();
        self_.displaced.pop_back();
        if (!mending(stream)) mended_.push_back(Reconcile::of_displaced(stream, cursor(stream).position));
    }
    if (mended_.empty()) return;
    heads_ = self_.streams;  // which the server need not have told
    heads_known_ = Heads::told;
}

/// Once nothing else is under way, so that what was displaced in streams that stay is told first.
void PhoneSession::offer_leaving() {
    if (!mended_.empty()) return;
    while (!self_.leaving.empty() && mended_.size() < mended_at_once_max) {
        const Leaving leaving = self_.leaving.back();
        self_.leaving.pop_back();
        mended_.push_back(Reconcile::of_leaving(leaving.stream, {leaving.after, leaving.upto}));
    }
}

/// Whether the host was asked for something first; then the session goes on when it reports.
bool PhoneSession::mend(std::vector<SyncAction>& actions) {
    for (auto here = mended_.begin(); here != mended_.end();) {
        if (!here->is_given_up()) {
            ++here;
            continue;
        }
        if (here->is_leaving())
            actions.push_back(Offered{here->stream()});
        else
            given_up_.insert(here->stream());
        here = mended_.erase(here);
    }
    find_suspects();
    start_mending();
    for (const Reconcile& here : mended_) {
        if (!here.need()) continue;
        ++outstanding_;
        std::visit([&](const auto& need) { actions.push_back(need); }, *here.need());
    }
    if (outstanding_ > 0) return true;
    if (has_to_offer()) return false;
    for (auto here = mended_.begin(); here != mended_.end();) {
        if (!here->is_done()) {
            ++here;
            continue;
        }
        if (here->is_leaving()) {
            actions.push_back(Offered{here->stream()});
        } else if (here->common() < cursor(here->stream()).position) {
            ++outstanding_;
            actions.push_back(Truncate{here->stream(), here->common()});
        }
        here = mended_.erase(here);
    }
    return outstanding_ > 0;
}

}  // namespace doorstep
