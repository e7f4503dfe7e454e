// core/base/bytes.hpp -- byte strings. As in LevelDB, std::string owns bytes and std::string_view looks at them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace doorstep {

using Bytes = std::string;
using BytesView = std::string_view;

/// Lower-case hexadecimal, two characters a byte.
std::string to_hex(BytesView bytes);
/// The bytes behind hexadecimal of either case. Errors: invalid_argument.
Result<Bytes> from_hex(std::string_view hex);

}  // namespace doorstep
