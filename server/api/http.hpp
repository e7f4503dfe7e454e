// server/api/http.hpp -- requests and replies as plain values, so that a route is tested without a socket.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doorstep::server {

/// One request, already framed and within its limits. Header names are lower case; no header occurs twice.
struct Request {
    std::string method;  ///< "GET", "POST", …
    std::string path;    ///< before the '?', as sent (not percent-decoded)
    std::string query;   ///< after the '?', without it
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The header's value, or "" when it was not sent.
    std::string_view header(std::string_view lower_case_name) const {
        for (const auto& [name, value] : headers)
            if (name == lower_case_name) return value;
        return {};
    }
};

struct Reply {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  ///< further ones; CR, LF and NUL are refused by net
};

/// What answers requests. server/net calls it on its one storage thread, so calls never overlap.
class Handler {
public:
    virtual ~Handler() = default;
    /// Bytes of body the route accepts; a larger body is answered 413 before it is read. Any thread.
    virtual std::size_t body_bytes_max(std::string_view method, std::string_view path) const = 0;
    /// Never throws for input; a failure is a Reply.
    virtual Reply handle(const Request& request) = 0;
    /// Whether requests of this route may be given to handle_together(). Any thread.
    virtual bool may_go_together(std::string_view /*method*/, std::string_view /*path*/) const { return false; }
    /// Answers several at once, with what they wrote made durable by one sync of the disk: a reply each, in order.
    virtual std::vector<Reply> handle_together(const std::vector<Request>& requests) {
        std::vector<Reply> replies;
        for (const Request& request : requests) replies.push_back(handle(request));
        return replies;
    }
};

}  // namespace doorstep::server
