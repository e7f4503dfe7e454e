// mobile-bridge/cli/https_client.hpp -- one HTTPS connection to one server, whose certificate must come from one
// authority. The only file pair that knows libcurl.
#pragma once

#include <memory>
#include <string>

#include "compression/content_coding.hpp"
#include "mobile-bridge/cli/result.hpp"

namespace doorstep::cli {

/// An answer, whatever its status.
struct HttpReply {
    long status = 0;
    std::string body;
};

/// Asks nothing of the machine's certificate store, proxies or .netrc, follows no redirect, and takes TLS 1.2 or newer.
/// The connection stays open between posts. Belongs to one thread.
class HttpsClient {
public:
    /// server: "https://host:port". coding: of bodies worth it, until an answer says what else the server reads.
    /// Errors: bad_configuration, out_of_memory.
    static Result<HttpsClient> make(const std::string& server, const std::string& certificate_pem,
                                    compression::Coding coding = compression::Coding::identity);
    HttpsClient(HttpsClient&&) noexcept;
    ~HttpsClient();

    /// authorization "" sends none. Errors: wrong_certificate, server_unreachable (Retry::once when a connection that
    /// stood was cut), server_error, malformed (the answer is too long), bad_configuration, out_of_memory.
    Result<HttpReply> post(const std::string& path, const std::string& content_type, const std::string& authorization,
                           const std::string& body);

private:
    struct Connection;
    explicit HttpsClient(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

/// Without a slash at its end. Errors: bad_configuration when it is not https://host[:port].
Result<std::string> server_address(const std::string& typed);

}  // namespace doorstep::cli
