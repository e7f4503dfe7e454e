// server/net/framing_guard.hpp -- decides from the raw bytes whether a request's head is framed beyond any doubt.
//
// Why before the parser: Beast in Boost 1.81 reads several heads in a way that another program on the path may read
// differently (design/trust: Hazards), and two readings of one stream are how a request is smuggled into a stranger's
// connection. So this is stricter than RFC 9112: what has two readings, or none that a client of ours needs, is refused
// and the connection closed. Request bodies need a Content-Length; with no Transfer-Encoding at all there are neither
// chunk extensions nor trailers to mistake for headers.
// Pure functions of the bytes: no socket, no clock, no Boost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/net/refusal.hpp"

namespace doorstep::server {

/// Request line, header lines and the blank line. A browser's head with cookies has 1 to 4 KiB.
inline constexpr std::size_t head_bytes_max = 16 * 1024;
/// Header lines of one head: several times what any client sends.
inline constexpr std::size_t header_lines_max = 100;

/// A head that has one reading only.
struct FramedHead {
    enum class After { keep_alive, close };   ///< what the client wants of the connection after the reply
    enum class Waiting { no, for_continue };  ///< whether the client holds its body back until it reads "100 Continue"
    enum class Upgrade { none, websocket };   ///< what the client wants to speak from here on
    std::string method;                       ///< upper-case letters
    std::string path;                         ///< starts with '/', as sent
    std::string query;                        ///< after the first '?', without it
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case; none twice: lists are joined
    std::uint64_t content_length = 0;
    After after = After::keep_alive;
    Waiting waiting = Waiting::no;
    Upgrade upgrade = Upgrade::none;
};

using JudgedHead = std::variant<FramedHead, Refusal>;

/// How many bytes of `received` judge_head can judge: to the end of the blank line, or to the first byte that no head
/// may hold (a bare LF, a NUL, …), so that a hopeless head is refused at once and not at its deadline. nullopt: read
/// on. The first `seen` bytes are known to hold neither, from the call before.
std::optional<std::size_t> head_end(std::string_view received, std::size_t seen);

/// `head` is what head_end delimited. Of upgrades only a WebSocket's is let through (RFC 6455, 4.2.1): a GET without a
/// body, with one key and version 13; whether the path is one is for the router to say. Statuses: 400, 411 (a body
/// without Content-Length), 417 (an unknown Expect), 431 (over head_bytes_max or header_lines_max), 505 (not HTTP/1.1).
JudgedHead judge_head(std::string_view head);

}  // namespace doorstep::server
