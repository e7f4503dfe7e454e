// crypto/base64.hpp -- base 64 with padding (RFC 4648, section 4), as headers hold bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace doorstep::crypto {

/// nullopt: not base 64, or without its padding. "" gives "".
std::optional<std::string> from_base64(std::string_view text);

}  // namespace doorstep::crypto
