#include "server/net/deadline.hpp"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace doorstep::server {

struct Deadline::State {
    boost::asio::steady_timer timer;
    std::function<void()> cut;
    Clock::time_point at = Clock::time_point::max();     // when it is; max: there is none
    Clock::time_point armed = Clock::time_point::max();  // when the timer goes off next: not after `at`; max: never
};

Deadline::Deadline(const boost::asio::any_io_executor& executor, std::function<void()> cut)
    : state_(new State{boost::asio::steady_timer(executor), std::move(cut)}) {}

void Deadline::set(Clock::duration from_now) {
    state_->at = Clock::now() + from_now;
    if (state_->at < state_->armed) arm(state_);
}

void Deadline::lift() { state_->at = Clock::time_point::max(); }

/// A later deadline leaves the timer alone: it goes off early then, and is set to what is left.
void Deadline::arm(const std::shared_ptr<State>& state) {
    state->armed = state->at;
    state->timer.expires_at(state->at);
    state->timer.async_wait([weak = std::weak_ptr<State>(state)](const boost::system::error_code& moved) {
        const auto here = weak.lock();
        if (moved || !here) return;
        here->armed = Clock::time_point::max();
        if (here->at == Clock::time_point::max()) return;
        if (Clock::now() < here->at) return arm(here);
        here->at = Clock::time_point::max();
        here->cut();
    });
}

}  // namespace doorstep::server
