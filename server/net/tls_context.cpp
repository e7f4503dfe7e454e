#include "server/net/tls_context.hpp"

#include <openssl/ssl.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

namespace doorstep::server {
namespace {

namespace ssl = boost::asio::ssl;

/// TLS 1.2: ephemeral keys and authenticated encryption only. TLS 1.3 has nothing else; OpenSSL's own list stands.
constexpr const char* tls_1_2_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// ALPN (RFC 7301): a client that offers protocols must offer this one. A client of another protocol is cut off here,
/// before its bytes can be taken for HTTP.
constexpr std::string_view alpn_http_1_1 = "\x08http/1.1";

extern "C" int doorstep_choose_alpn(SSL*, const unsigned char** out, unsigned char* out_bytes,
                                    const unsigned char* offered, unsigned int offered_bytes, void*) {
    unsigned char* chosen = nullptr;
    const auto* ours = reinterpret_cast<const unsigned char*>(alpn_http_1_1.data());
    const int found = SSL_select_next_proto(&chosen, out_bytes, ours, static_cast<unsigned>(alpn_http_1_1.size()),
                                            offered, offered_bytes);
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/// A server started by hand on a protected key would wait for a passphrase that nobody types: such a key is refused.
extern "C" int doorstep_no_passphrase(char*, int, int, void*) { return 0; }

Error unusable(std::string_view what, const std::string& path, const std::string& why) {
    return Error{Errc::bad_configuration, std::string(what) + " " + path + ": " + why};
}

bool set_protocol(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);          // an idle connection keeps no record buffers
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets resume without a table of ours
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_alpn_select_cb(context, doorstep_choose_alpn, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, tls_1_2_ciphers) == 1;
}

}  // namespace

Result<ssl::context> make_tls_context(const std::string& certificate_pem_path, const std::string& key_pem_path) {
    ssl::context context(ssl::context::tls_server);
    SSL_CTX* native = context.native_handle();
    if (!set_protocol(native)) return Error{Errc::internal, "OpenSSL does not offer TLS 1.2 and 1.3 as required"};
    SSL_CTX_set_default_passwd_cb(native, doorstep_no_passphrase);
    boost::system::error_code ec;
    if (context.use_certificate_chain_file(certificate_pem_path, ec); ec)
        return unusable("the server certificate", certificate_pem_path, ec.message());
    if (context.use_private_key_file(key_pem_path, ssl::context::pem, ec); ec)
        return unusable("the server key", key_pem_path, ec.message());
    if (SSL_CTX_check_private_key(native) != 1)
        return unusable("the server key", key_pem_path, "it does not belong to the certificate");
    return context;
}

Status TlsContexts::load() {
    // Before the files are read: what changes in between is seen as a change later.
    certificate_ = stamp_of(certificate_pem_path_);
    key_ = stamp_of(key_pem_path_);
    DOORSTEP_TRY_ASSIGN(ssl::context read, make_tls_context(certificate_pem_path_, key_pem_path_));
    auto fresh = std::make_shared<ssl::context>(std::move(read));
    const std::lock_guard lock(mutex_);
    current_.swap(fresh);
    return ok();
}

bool TlsContexts::files_changed() const {
    return stamp_of(certificate_pem_path_) != certificate_ || stamp_of(key_pem_path_) != key_;
}

std::shared_ptr<ssl::context> TlsContexts::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

TlsContexts::Stamp TlsContexts::stamp_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return {};  // follows links: certificate tools replace those
    const std::int64_t second_ns = 1'000'000'000;
    return {static_cast<std::uintmax_t>(found.st_size), found.st_ino,
            found.st_ctim.tv_sec * second_ns + found.st_ctim.tv_nsec};
}

}  // namespace doorstep::server
