// server/net/reply_fields.hpp -- the header lines of a reply: the house's security headers, and what a route adds.
// Pure: no socket, no Boost.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/http.hpp"

namespace doorstep::server {

/// One header line a value longer than this is a bug of the route, not a reply.
inline constexpr std::size_t reply_header_bytes_max = 8 * 1024;

using ReplyFields = std::vector<std::pair<std::string, std::string>>;

/// The lines to write for `reply`, without the framing ones (Content-Length, Connection), which are the session's.
/// A header that the route sets itself replaces the default of the same name.
/// nullopt: the reply must not be written, answer 500 instead: its status is not a final one (200 to 599; 101 just
/// when it has a feed); a name is
/// not a token; a value holds CR, LF, NUL or another control byte, which Beast would write as it is (response
/// splitting); a line is too long; or it sets a framing header.
std::optional<ReplyFields> reply_fields(const Reply& reply);

}  // namespace doorstep::server
