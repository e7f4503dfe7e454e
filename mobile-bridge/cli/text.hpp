// mobile-bridge/cli/text.hpp -- text from people, before it is sent on and before a terminal shows it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "mobile-bridge/cli/result.hpp"

namespace doorstep::cli {

/// How many bytes at the start are well-formed UTF-8; text.size() when all are.
std::size_t utf8_prefix_bytes(std::string_view text);
/// Errors: invalid_utf8, naming `what` and the byte. A JSON library would throw or put U+FFFD in place of the bytes.
Status require_utf8(std::string_view text, std::string_view what);

/// For a terminal: control characters other than line feed and tab, and bytes that are not UTF-8, become \xNN or
/// \u00NN. What somebody typed on another device must not be able to drive this one's terminal.
std::string printable(std::string_view text);
/// One line of at most `characters_max` characters; an ellipsis stands for the rest.
std::string one_line(std::string_view text, std::size_t characters_max);
/// Puts `indent` before every line but the first.
std::string hang(std::string_view text, std::string_view indent);

/// Errors: invalid_utf8; nothing is replaced.
Result<std::string> to_json_text(const nlohmann::json& value);
/// An answer of the library. Errors: internal.
Result<nlohmann::json> from_json_text(std::string_view text);

}  // namespace doorstep::cli
