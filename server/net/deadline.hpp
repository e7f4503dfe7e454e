// server/net/deadline.hpp -- until when a connection may be at what it is at. One timer, which mostly stands: Beast's
// own is started and cancelled for each read and write, which cost more than reading a small request does.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace doorstep::server {

/// Absolute: nothing that happens meanwhile extends it. Threads: its executor's.
class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    /// `cut` is called when the time has come, on the executor, and never after this is gone.
    Deadline(const boost::asio::any_io_executor& executor, std::function<void()> cut);

    /// In the place of what was set before.
    void set(Clock::duration from_now);
    /// No deadline, until the next is set.
    void lift();

private:
    struct State;
    static void arm(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace doorstep::server
