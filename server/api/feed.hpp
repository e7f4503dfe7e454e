// server/api/feed.hpp -- what is sent on one WebSocket: a source that the socket asks whenever it can write again.
// Asked and not told, so that whatever came up in between is one message, and a slow reader costs no queue.
#pragma once

#include <functional>
#include <string>
#include <variant>

namespace doorstep::server {

/// Threads: any; calls may overlap.
class Feed {
public:
    virtual ~Feed() = default;

    struct Nothing {};
    struct Text {
        std::string text;  ///< UTF-8
    };
    /// The socket is to close (RFC 6455, 7.4.1: 1008), and why in a word.
    struct Over {
        std::string_view reason;  ///< a literal
    };
    using Message = std::variant<Nothing, Text, Over>;

    /// What has come up since the last call.
    virtual Message take() = 0;
    /// `ring` is called, on any thread, when there is something to take after there was nothing; nullptr: the socket is
    /// gone. When it returns, the former ring is not called any more. It must not call back into the feed.
    virtual void listen(std::function<void()> ring) = 0;
};

}  // namespace doorstep::server
