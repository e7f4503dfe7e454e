// json/strict_json.hpp -- the one place that reads JSON from outside; the server's API and the C ABI share it.
// nlohmann::json by itself takes what we must not: any depth (copying 100,000 levels overflows the stack), the last of
// two equal keys, U+0000, integers that become doubles.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/base/result.hpp"

namespace doorstep {

inline constexpr std::size_t json_depth_max = 32;

/// Parses one JSON text. Refuses anything deeper than json_depth_max, a key twice in one object, U+0000, text after
/// the end, comments. Errors: invalid_argument, invalid_utf8, payload_too_large.
Result<nlohmann::json> parse_json(std::string_view text, std::size_t bytes_max);

}  // namespace doorstep
