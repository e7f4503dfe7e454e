// server/net/live_socket.hpp -- an accepted socket as the server's end sees it: it is counted, and it can be ended.
#pragma once

#include <cstddef>
#include <functional>
#include <unordered_set>

namespace doorstep::server {

class LiveSockets;

/// Registers itself, so that what is counted is exactly what lives. Threads: its io_context's.
class LiveSocket {
public:
    explicit LiveSocket(LiveSockets& all);
    LiveSocket(const LiveSocket&) = delete;
    LiveSocket& operator=(const LiveSocket&) = delete;

    /// The server stops: ends now when nothing is in flight, otherwise after it.
    virtual void drain() = 0;
    /// Ends as far as it waits for its peer.
    virtual void cut() = 0;

protected:
    virtual ~LiveSocket();
    LiveSockets& all_;
};

/// Those of one io_context; must outlive them.
class LiveSockets {
public:
    LiveSockets() = default;
    LiveSockets(const LiveSockets&) = delete;
    LiveSockets& operator=(const LiveSockets&) = delete;

    std::size_t size() const { return live_.size(); }
    bool draining() const { return state_ == State::draining; }
    /// `on_empty` is called once none is left; before this returns when there is none.
    void drain(std::function<void()> on_empty);
    /// Cuts them all; `on_empty` is not called any more.
    void cut();

private:
    friend class LiveSocket;
    void call_if_empty();

    std::unordered_set<LiveSocket*> live_;
    enum class State { serving, draining } state_ = State::serving;
    std::function<void()> on_empty_;
};

}  // namespace doorstep::server
