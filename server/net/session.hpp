// server/net/session.hpp -- the live connections: TLS, HTTP/1.1 with keep-alive, one request at a time each.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <utility>

#include "server/api/http.hpp"
#include "server/net/handler_thread.hpp"
#include "server/net/listen_options.hpp"
#include "server/net/live_socket.hpp"
#include "server/net/places.hpp"
#include "server/net/tls_context.hpp"

namespace doorstep::server {

/// turned_away: the first request is answered 503 with Retry-After, whatever it asks, and the connection ends.
enum class Admission { served, turned_away };

/// Owns the rules that all connections of one io_context share. Each connection is a coroutine on the executor of its
/// socket and lives until that ends, or becomes a WebSocket; this must outlive them all.
/// Threads: the one that runs the io_context.
class Sessions {
public:
    Sessions(const ListenOptions& options, Handler& handler, HandlerThread& handler_thread, const TlsContexts& tls);
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    /// Serves the socket until the peer leaves, a deadline passes or a request is refused. Throws only bad_alloc and
    /// the like, with the socket closed.
    void start(boost::asio::ip::tcp::socket socket, Place place, Admission admission);

    /// No further requests: idle connections end now, the others after the reply they are at, and WebSockets after
    /// their closing handshake. `on_empty` is called once none is left; before this returns when there is none.
    void drain(std::function<void()> on_empty) { live_.drain(std::move(on_empty)); }
    /// Ends the others too, as far as they wait for their peer and not for the handler.
    void cut() { live_.cut(); }

private:
    friend struct Connection;

    const ListenOptions& options_;
    Handler& handler_;
    HandlerThread& handler_thread_;
    const TlsContexts& tls_;
    LiveSockets live_;
};

}  // namespace doorstep::server
