// server/api/path_pattern.hpp -- paths with places that vary: "/api/v1/records/{record}/history".
#pragma once

#include <cstddef>
#include <string_view>

namespace doorstep::server {

/// Whether the path is of the pattern: each {…} stands for one part without a slash, of a byte or more.
bool matches(std::string_view pattern, std::string_view path);
/// The n-th part of a path, from 0: part 3 of "/api/v1/records/ab" is "ab"; "" when there are fewer. As sent, not
/// decoded.
std::string_view path_part(std::string_view path, std::size_t n);

}  // namespace doorstep::server
