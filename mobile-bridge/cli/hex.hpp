// mobile-bridge/cli/hex.hpp -- bytes as lower-case hexadecimal, and back.
#pragma once

#include <string>
#include <string_view>

namespace doorstep::cli {

std::string to_hex(std::string_view bytes);
/// "" for what is none.
std::string from_hex(std::string_view hex);

}  // namespace doorstep::cli
