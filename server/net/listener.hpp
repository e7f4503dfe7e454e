// server/net/listener.hpp -- the HTTPS server: listens, hands requests to a Handler, stops gracefully.
//
//     auto server = HttpsServer::listen(options, handler);
//     if (!server) …server.error()…
//     server.value()->run();   // until stop(), or SIGTERM/SIGINT when options ask for it
//
// No Boost in this header: what includes it compiles fast and cannot reach a socket.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/result.hpp"
#include "server/api/http.hpp"
#include "server/api/metrics.hpp"
#include "server/net/listen_options.hpp"

namespace doorstep::server {

/// Threads: listen, run and the destructor on one; stop, port and load on any while the object lives. The handler runs
/// on a thread of the server's own, one call at a time (limits: on any).
class HttpsServer {
public:
    /// Binds at once, so that the port is known and connections wait in the kernel from here on. `handler` must
    /// outlive the server. address_in_use: another program holds the port; bad_configuration: the address, the
    /// certificate or the key is unusable, or the port is not ours to take; the detail names which.
    static Result<std::unique_ptr<HttpsServer>> listen(const ListenOptions& options, Handler& handler);
    ~HttpsServer();
    HttpsServer(const HttpsServer&) = delete;
    HttpsServer& operator=(const HttpsServer&) = delete;

    /// The port it listens on: the options', or the one that the system chose for 0.
    std::uint16_t port() const;
    /// What it holds at the moment.
    Load load() const;
    /// Serves until stop(); once only. When it returns, no connection is open and the handler is not called any more.
    void run();
    /// No new connections or requests; those in flight get their replies, within options.deadlines.stop, and then run
    /// returns. May be called before run, and again. Not from a signal handler: see Signals.
    void stop();

private:
    struct Impl;
    explicit HttpsServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace doorstep::server
