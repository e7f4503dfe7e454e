// server/api/http.hpp -- requests and replies as plain values, so that a route is tested without a socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep::server {

/// One request, already framed and within its limits. Header names are lower case; no header occurs twice.
struct Request {
    std::string method;  ///< "GET", "POST", …
    std::string path;    ///< before the '?', as sent (not percent-decoded)
    std::string query;   ///< after the '?', without it
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    enum class From { elsewhere, this_machine } from = From::elsewhere;  ///< where the connection comes from
    std::string prepared = {};                                           ///< what Handler::prepare() came to
    /// Of a body that comes in pieces (RouteLimits::piece_bytes_max): where in the whole `body` begins, and how long
    /// the whole was said to be. Of any other: 0 and its length.
    std::uint64_t body_offset = 0, body_bytes = 0;

    /// The header's value, or "" when it was not sent.
    std::string_view header(std::string_view lower_case_name) const {
        for (const auto& [name, value] : headers)
            if (name == lower_case_name) return value;
        return {};
    }
};

/// A reply that was written, or broke off, for who keeps count.
struct Replied {
    std::string_view method, path;  ///< "" when net refused the request before it was one
    int status = 0;
    std::chrono::microseconds took{0};  ///< from the whole request to the end of the reply
};

class Feed;

struct Reply {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  ///< further ones; CR, LF and NUL are refused by net
    /// More of the body, a piece a call, on the handler's thread; nullopt: that was all. An error breaks the connection
    /// off, so that nobody takes a part for the whole.
    std::function<Result<std::optional<std::string>>()> more = nullptr;
    /// With status 101, for a request that asks for a WebSocket: what is sent on it (server/api/feed.hpp).
    std::shared_ptr<Feed> feed = nullptr;
};

/// What a route takes; net holds a request to it before the body is read.
struct RouteLimits {
    std::size_t body_bytes_max = 0;  ///< a larger body is answered 413
    /// Until the body is there, beside the time for its size; nullopt: as for any (Deadlines::body).
    std::optional<std::chrono::milliseconds> body = std::nullopt;
    /// 0: the body is handled whole. Otherwise in pieces of at most so many bytes, a request each, as they arrive: the
    /// reply to the last is sent, or the first that refuses. What came of a piece when the peer left is handled too.
    std::size_t piece_bytes_max = 0;
};

/// What answers requests. server/net calls it on its one storage thread, so calls never overlap.
class Handler {
public:
    virtual ~Handler() = default;
    /// Any thread.
    virtual RouteLimits limits(std::string_view method, std::string_view path) const = 0;
    /// What needs no storage, and so need not wait for its turn; nullopt: handle() it. Any thread.
    virtual std::optional<Reply> answer_at_once(const Request&) const { return std::nullopt; }
    /// Whether requests of this route have work before them that takes long and needs no storage. Any thread.
    virtual bool must_prepare(std::string_view /*method*/, std::string_view /*path*/) const { return false; }
    /// That work: what it comes to goes into `prepared`. On one of few threads of its own, before handle(); never
    /// throws for input.
    virtual void prepare(Request&) const {}
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
    /// Any thread. Never throws.
    virtual void on_reply(const Replied&) {}
    /// Called some times a second between requests, for what no request brings about. Never throws.
    virtual void beat() {}
};

}  // namespace doorstep::server
