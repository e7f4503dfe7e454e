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
    std::chrono::milliseconds idle{60'000};   ///< from a handshake or a reply to the next head's first byte
    std::chrono::milliseconds close{2'000};   ///< TLS close_notify both ways; some peers never answer it
    std::chrono::milliseconds stop{10'000};   ///< from stop() to the end of requests in flight
    std::chrono::milliseconds accept_pause{100};  ///< after an accept that failed for want of descriptors or memory
};

/// Whether run() ends by itself on SIGTERM and SIGINT, those since listen() included; a second one cuts the requests in
/// flight.
enum class StopSignals { none, term_and_int };

struct ListenOptions {
    std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: any free one, see HttpsServer::port
    std::string certificate_pem_path;   ///< the server's certificate, then its issuers up to but not with the root
    std::string key_pem_path;
    std::size_t connections_max = 1024;      ///< beyond it a new connection is closed at once
    std::size_t requests_waiting_max = 1024;  ///< for the handler's thread; beyond it 503 with Retry-After
    StopSignals stop_signals = StopSignals::none;
    Deadlines deadlines;
    /// One line about the server's own state, from any of its threads; never text of a client, never a path or a name.
    std::function<void(std::string_view line)> log;
};

}  // namespace doorstep::server
