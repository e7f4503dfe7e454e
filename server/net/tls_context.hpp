// server/net/tls_context.hpp -- what the server speaks below HTTP: TLS 1.2 and 1.3, forward secrecy, AEAD ciphers only.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/result.hpp"

namespace doorstep::server {

/// bad_configuration, with the file's name: a file is missing or not PEM, or the key is not the certificate's.
Result<boost::asio::ssl::context> make_tls_context(const std::string& certificate_pem_path,
                                                   const std::string& key_pem_path);

/// The certificate that a new connection is shown. Connections that stand keep the one they began with.
/// Threads: current on any; the others on one.
class TlsContexts {
public:
    TlsContexts(std::string certificate_pem_path, std::string key_pem_path)
        : certificate_pem_path_(std::move(certificate_pem_path)), key_pem_path_(std::move(key_pem_path)) {}

    /// Reads the files; on an error, which is make_tls_context's, what was current stays so.
    Status load();
    /// Whether a file is another than at the last load, whatever came of it.
    bool files_changed() const;
    /// After a load that succeeded.
    std::shared_ptr<boost::asio::ssl::context> current() const;

private:
    /// Tells a file from the one that was there before: written anew, or replaced.
    struct Stamp {
        std::uintmax_t bytes = 0, inode = 0;
        std::int64_t changed_ns = 0;
        bool operator==(const Stamp&) const = default;
    };
    static Stamp stamp_of(const std::string& path);

    const std::string certificate_pem_path_, key_pem_path_;
    Stamp certificate_, key_;
    mutable std::mutex mutex_;
    std::shared_ptr<boost::asio::ssl::context> current_;  // guarded by mutex_
};

}  // namespace doorstep::server
