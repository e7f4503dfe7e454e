// server/net/session.hpp -- the live connections: TLS, HTTP/1.1 with keep-alive, one request at a time each.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <functional>
#include <unordered_set>

#include "server/api/http.hpp"
#include "server/net/handler_thread.hpp"
#include "server/net/listen_options.hpp"

namespace doorstep::server {

struct Connection;

/// Owns the rules that all connections share, and knows which are live. Each connection is a coroutine on the
/// executor of its socket and lives until that ends; this must outlive them all.
/// Threads: the one that runs the io_context.
class Sessions {
public:
    Sessions(const ListenOptions& options, Handler& handler, HandlerThread& handler_thread,
             boost::asio::ssl::context& tls);
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    /// Serves the socket until the peer leaves, a deadline passes or a request is refused. Throws only bad_alloc and
    /// the like, with the socket closed.
    void start(boost::asio::ip::tcp::socket socket);
    std::size_t live() const { return live_.size(); }

    /// No further requests: idle connections end now, the others after the reply they are at. `on_empty` is called
    /// once none is left; before this returns when there is none.
    void drain(std::function<void()> on_empty);
    /// Ends the others too, as far as they wait for their peer and not for the handler.
    void cut();

private:
    friend struct Connection;
    void ended();

    const ListenOptions& options_;
    Handler& handler_;
    HandlerThread& handler_thread_;
    boost::asio::ssl::context& tls_;
    std::unordered_set<Connection*> live_;
    enum class State { serving, draining } state_ = State::serving;
    std::function<void()> on_empty_;
};

}  // namespace doorstep::server
