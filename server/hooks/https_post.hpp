// server/hooks/https_post.hpp -- one POST over TLS, by libcurl.
#pragma once

#include <string>
#include <vector>

namespace doorstep::server {

struct HttpsPost {
    std::string url;        ///< https://…
    std::string authority;  ///< PEM file; "": the system's
    std::vector<std::string> headers;
    std::string body;
};

/// The answer's status, or 0 with what libcurl says when there was none. The answer's body is not read further than a
/// few bytes, redirections are not followed, and it takes half a minute at most.
struct HttpsAnswer {
    int status = 0;
    std::string failure;
};
HttpsAnswer post(const HttpsPost& request);

}  // namespace doorstep::server
