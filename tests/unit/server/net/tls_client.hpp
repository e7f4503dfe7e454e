// tests/unit/server/net/tls_client.hpp -- a small blocking client that sends exactly the bytes a test wants.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace doorstep::server {

struct ClientReply {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

/// How a connection ended: with TLS's close_notify, without it, or not within the client's patience.
enum class End { clean, cut, not_yet };

struct ClientOptions {
    int tls_version_max = TLS1_3_VERSION;
    std::string alpn = "\x08http/1.1";          ///< as on the wire; "": none
    std::chrono::milliseconds patience{5'000};  ///< for each read and write: a broken server must not hang the test
};

class TlsClient {
public:
    /// Verifies the server against `ca_pem` and 127.0.0.1. nullptr: no connection, or the handshake failed.
    static std::unique_ptr<TlsClient> connect(std::uint16_t port, const std::filesystem::path& ca_pem,
                                              const ClientOptions& options = {});
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    enum class Sent { all, not_all };
    Sent send(std::string_view bytes);
    /// nullopt: the connection ended, or patience did, before a whole reply. `request_method` HEAD: no body follows.
    std::optional<ClientReply> read_reply(std::string_view request_method = "GET");
    std::optional<ClientReply> ask(std::string_view request);
    /// What comes next, without a frame of HTTP; nullopt as for read_reply.
    std::optional<std::string> read_bytes(std::size_t bytes);
    /// Reads and drops until the end.
    End read_to_end();
    SSL* ssl() { return ssl_; }

private:
    TlsClient() = default;
    bool read_more();
    SSL_CTX* context_ = nullptr;
    SSL* ssl_ = nullptr;
    int descriptor_ = -1;
    std::string received_;
    End end_ = End::not_yet;
};

/// A TCP connection to the loopback port; -1: refused.
int connect_tcp(std::uint16_t port, std::chrono::milliseconds patience);

}  // namespace doorstep::server
