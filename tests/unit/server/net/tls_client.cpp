#include "tests/unit/server/net/tls_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace doorstep::server {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

ClientReply parse_head(std::string_view head) {
    ClientReply reply;
    reply.status = std::stoi(std::string(head.substr(9, 3)));
    for (auto begin = head.find("\r\n") + 2; begin < head.size();) {
        const auto end = head.find("\r\n", begin);
        const std::string_view line = head.substr(begin, end - begin);
        if (const auto colon = line.find(": "); colon != std::string_view::npos)
            reply.headers[lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
        begin = end + 2;
    }
    return reply;
}

}  // namespace

int connect_tcp(std::uint16_t port, std::chrono::milliseconds patience) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{patience.count() / 1000, patience.count() % 1000 * 1000};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
    ::close(descriptor);
    return -1;
}

std::unique_ptr<TlsClient> TlsClient::connect(std::uint16_t port, const std::filesystem::path& ca_pem,
                                              const ClientOptions& options) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
    std::unique_ptr<TlsClient> client(new TlsClient);
    client->descriptor_ = connect_tcp(port, options.patience);
    if (client->descriptor_ < 0) return nullptr;
    client->context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_locations(client->context_, ca_pem.c_str(), nullptr);
    SSL_CTX_set_verify(client->context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_security_level(client->context_, 0);  // so that it is the server who refuses old versions
    SSL_CTX_set_cipher_list(client->context_, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(client->context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client->context_, options.tls_version_max);
    client->ssl_ = SSL_new(client->context_);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(client->ssl_), "127.0.0.1");
    if (!options.alpn.empty())
        SSL_set_alpn_protos(client->ssl_, reinterpret_cast<const unsigned char*>(options.alpn.data()),
                            static_cast<unsigned>(options.alpn.size()));
    SSL_set_fd(client->ssl_, client->descriptor_);
    if (SSL_connect(client->ssl_) != 1) return nullptr;
    return client;
}

TlsClient::~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (descriptor_ >= 0) ::close(descriptor_);
    ERR_clear_error();
}

TlsClient::Sent TlsClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = static_cast<int>(std::min<std::size_t>(bytes.size(), 16 * 1024));
        if (SSL_write(ssl_, bytes.data(), piece) != piece) return Sent::not_all;
        bytes.remove_prefix(static_cast<std::size_t>(piece));
    }
    return Sent::all;
}

bool TlsClient::read_more() {
    if (end_ != End::not_yet) return false;
    char block[16 * 1024];
    ERR_clear_error();
    const int got = SSL_read(ssl_, block, sizeof block);
    if (got > 0) {
        received_.append(block, static_cast<std::size_t>(got));
        return true;
    }
    const int why = SSL_get_error(ssl_, got);
    if (why == SSL_ERROR_ZERO_RETURN) end_ = End::clean;
    if (why == SSL_ERROR_SSL || why == SSL_ERROR_SYSCALL) end_ = End::cut;
    return false;
}

std::optional<ClientReply> TlsClient::read_reply(std::string_view request_method) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
        if (!read_more()) return std::nullopt;
    ClientReply reply = parse_head(std::string_view(received_).substr(0, end + 2));
    received_.erase(0, end + 4);
    const auto length = reply.headers.find("content-length");
    const std::size_t bytes =
        request_method == "HEAD" || length == reply.headers.end() ? 0 : std::stoul(length->second);
    while (received_.size() < bytes)
        if (!read_more()) return std::nullopt;
    reply.body = received_.substr(0, bytes);
    received_.erase(0, bytes);
    return reply;
}

std::optional<ClientReply> TlsClient::ask(std::string_view request) {
    if (send(request) == Sent::not_all) return std::nullopt;
    return read_reply();
}

std::optional<std::string> TlsClient::read_bytes(std::size_t bytes) {
    while (received_.size() < bytes)
        if (!read_more()) return std::nullopt;
    std::string out = received_.substr(0, bytes);
    received_.erase(0, bytes);
    return out;
}

End TlsClient::read_to_end() {
    while (read_more()) received_.clear();
    if (end_ == End::clean) SSL_shutdown(ssl_);
    return end_;
}

}  // namespace doorstep::server
