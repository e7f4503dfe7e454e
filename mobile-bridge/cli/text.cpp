#include "mobile-bridge/cli/text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/messages.hpp"

namespace doorstep::cli {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// The least code point that a sequence of so many bytes may stand for.
constexpr unsigned least_of_length[] = {0, 0, 0x80, 0x800, 0x10000};

std::size_t announced_bytes(unsigned lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead < 0xE0) return 2;
    if (lead >= 0xE0 && lead < 0xF0) return 3;
    if (lead >= 0xF0 && lead < 0xF5) return 4;
    return 0;
}

struct CodePoint {
    unsigned value = 0;
    std::size_t bytes = 0;  ///< 0: not well-formed
};

CodePoint decode(std::string_view text, std::size_t at) {
    const unsigned lead = byte_at(text, at);
    const std::size_t bytes = announced_bytes(lead);
    if (bytes == 0 || at + bytes > text.size()) return {};
    if (bytes == 1) return {lead, 1};
    unsigned value = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        const unsigned next = byte_at(text, at + i);
        if ((next & 0xC0U) != 0x80U) return {};
        value = value << 6 | (next & 0x3FU);
    }
    const bool surrogate = value >= 0xD800 && value < 0xE000;
    if (value < least_of_length[bytes] || surrogate || value > 0x10FFFF) return {};
    return {value, bytes};
}

bool drives_a_terminal(unsigned code_point) {
    if (code_point == '\n' || code_point == '\t') return false;
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

}  // namespace

std::size_t utf8_prefix_bytes(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const CodePoint next = decode(text, at);
        if (next.bytes == 0) break;
        at += next.bytes;
    }
    return at;
}

Status require_utf8(std::string_view text_of_person, std::string_view what) {
    const std::size_t good = utf8_prefix_bytes(text_of_person);
    if (good == text_of_person.size()) return ok();
    return Failure{DS_INVALID_UTF8, text<Text::not_utf8>(what, good + 1)};
}

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint next = decode(text, at);
        if (next.bytes == 0)
            out += fmt::format("\\x{:02x}", byte_at(text, at));
        else if (drives_a_terminal(next.value))
            out += fmt::format("\\u{:04x}", next.value);
        else
            out += text.substr(at, next.bytes);
        at += next.bytes == 0 ? 1 : next.bytes;
    }
    return out;
}

std::string one_line(std::string_view text, std::size_t characters_max) {
    std::string out;
    std::size_t characters = 0, at = 0;
    const std::string shown = printable(text);
    while (at < shown.size() && characters < characters_max) {
        const CodePoint next = decode(shown, at);
        const bool is_gap = next.value == '\n' || next.value == '\t';
        out += is_gap ? std::string_view(" ") : std::string_view(shown).substr(at, next.bytes);
        at += next.bytes;
        ++characters;
    }
    if (at < shown.size()) out += "…";
    return out;
}

std::string hang(std::string_view text, std::string_view indent) {
    std::string out;
    for (const char c : text) {
        out += c;
        if (c == '\n') out += indent;
    }
    return out;
}

Result<std::string> to_json_text(const nlohmann::json& value) {
    try {
        return value.dump();
    } catch (const nlohmann::json::type_error&) {  // 316, the only one dump() has
        return Failure{DS_INVALID_UTF8, {}};
    }
}

Result<nlohmann::json> from_json_text(std::string_view answer) {
    nlohmann::json parsed = nlohmann::json::parse(answer, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) return Failure{DS_INTERNAL, text<Text::library_answer>()};
    return parsed;
}

}  // namespace doorstep::cli
