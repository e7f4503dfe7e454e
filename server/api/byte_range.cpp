#include "server/api/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace doorstep::server {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, out);
    if (text.empty() || fault != std::errc() || stop != end) return std::nullopt;
    return out;
}

}  // namespace

ByteRange byte_range(std::string_view header, std::uint64_t size) {
    const ByteRange whole{ByteRange::Of::whole, 0, size}, none{ByteRange::Of::none, 0, 0};
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit)) return whole;
    header.remove_prefix(unit.size());
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) return whole;
    const std::string_view before = header.substr(0, dash), after = header.substr(dash + 1);
    const auto first = number(before), last = number(after);
    if (before.empty()) {  // the last so many
        if (!last) return whole;
        if (*last == 0) return none;
        return {ByteRange::Of::part, size - std::min(*last, size), size};
    }
    if (!first || (!after.empty() && (!last || *last < *first))) return whole;
    if (*first >= size) return none;
    return {ByteRange::Of::part, *first, last ? std::min(*last, size - 1) + 1 : size};
}

}  // namespace doorstep::server
