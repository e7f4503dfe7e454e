// server/net/listen_options.hpp -- what the server listens on, and every limit of a connection with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace doorstep::server {

/// How long each phase may take. Absolute: a byte now and then does not extend one (slowloris).
struct Deadlines {
    std::chrono::milliseconds handshake{10'000};
    std::chrono::milliseconds head{10'000};  ///< from the head's first byte to its blank line
    std::chrono::milliseconds body{10'000};  ///< a request's body, or writing a reply; plus its size at bytes_per_s_min
    std::size_t bytes_per_s_min = 10 * 1024;  ///< slower than the worst mobile network that a phone still syncs over
    std::chrono::milliseconds turned_away{2'000};  ///< in place of handshake and idle, for one beyond connections_max
    std::chrono::milliseconds idle{60'000};        ///< from a handshake or a reply to the next head's first byte
    std::chrono::milliseconds close{2'000};        ///< TLS close_notify both ways; some peers never answer it
    /// A WebSocket on which nothing came; a ping goes out after half of it. Networks forget a silent connection after
    /// some minutes, and each ping wakes a phone's radio.
    std::chrono::milliseconds socket_idle{240'000};
    std::chrono::milliseconds socket_pause{300};        ///< between two messages on one WebSocket: what comes up is one
    std::chrono::milliseconds stop{10'000};             ///< from stop() to the end of requests in flight
    std::chrono::milliseconds certificate_look{5'000};  ///< between two looks whether the certificate's files changed
    std::chrono::milliseconds accept_pause{100};  ///< after an accept that failed for want of descriptors or memory
};

/// Whether run() ends by itself on SIGTERM and SIGINT, those since listen() included (a second one cuts the requests in
/// flight), and reads the certificate again on SIGHUP.
enum class Signals { none, heeded };

struct ListenOptions {
    std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: any free one, see HttpsServer::port
    std::string certificate_pem_path;   ///< the server's certificate, then its issuers up to but not with the root
    std::string key_pem_path;
    std::size_t threads = 0;                  ///< that serve connections; 0: one a core
    std::size_t connections_max = 12'000;     ///< 10,000 phones that wait to be woken, and room for requests
    std::size_t turned_away_max = 64;         ///< beyond connections_max answered 503; further ones closed at once
    std::size_t requests_waiting_max = 1024;  ///< for the handler's thread; beyond it 503 with Retry-After
    Signals signals = Signals::none;
    Deadlines deadlines;
    /// One line about the server's own state, from any of its threads; never text of a client, never a name, and no
    /// path but those of the certificate and its key.
    std::function<void(std::string_view line)> log;
};

}  // namespace doorstep::server
