// tests/unit/server/net/socket_client.hpp -- a WebSocket client that sends exactly the frames a test wants.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {

enum class Opcode { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Frame {
    Opcode opcode = Opcode::text;
    std::string payload;  ///< of a close: two bytes of code, then the reason

    /// 0 for a frame that is no close.
    int close_code() const;
};

/// The lines of an opening handshake, with RFC 6455's own example of a key; `more` are further ones, each with CRLF.
std::string upgrade(std::string_view target, std::string_view more = "");

class SocketClient {
public:
    /// nullptr: the server did not agree.
    static std::unique_ptr<SocketClient> open(const RunningServer& server, std::string_view target = "/feed");

    /// Masked, as a client must.
    void send(Opcode opcode, std::string_view payload);
    void send_bytes(std::string_view bytes) { tls_->send(bytes); }
    /// nullopt: the connection ended, or patience did.
    std::optional<Frame> read();
    TlsClient& tls() { return *tls_; }

private:
    std::unique_ptr<TlsClient> tls_;
};

}  // namespace doorstep::server
