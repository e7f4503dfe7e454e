#include "server/config/option_table.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <vector>

#include "core/base/limits.hpp"
#include "server/net/listen_options.hpp"

namespace doorstep::server {
namespace {

constexpr std::uint64_t day_ms = 24ull * 60 * 60 * 1000;
constexpr std::size_t path_bytes_max = 4096;  // PATH_MAX of Linux
constexpr std::size_t key_bytes_max = 256;    // longer ones are compared by their beginning: no key is near them

std::vector<Option> all_options() {
    std::vector<Option> out;
#define DOORSTEP_NUMBER(id, key, fallback, least, most, meaning)                                                     \
    out.push_back({OptionId::id, key, OptionKind::number, static_cast<std::uint64_t>(fallback), least, most, "", "", \
                   Secrecy::open, meaning});
#define DOORSTEP_WORDS(id, key, kind, fallback, choices, secrecy, meaning) \
    out.push_back({OptionId::id, key, OptionKind::kind, 0, 0, 0, fallback, choices, Secrecy::secrecy, meaning});
#include "server/config/options.def"
#undef DOORSTEP_NUMBER
#undef DOORSTEP_WORDS
    return out;
}

std::vector<std::string_view> split_choices(std::string_view choices) {
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at <= choices.size();) {
        const std::size_t end = std::min(choices.find('|', at), choices.size());
        out.push_back(choices.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

bool is_address(const std::string& text) {
    in6_addr room{};  // holds one of either family
    return ::inet_pton(AF_INET, text.c_str(), &room) == 1 || ::inet_pton(AF_INET6, text.c_str(), &room) == 1;
}

/// What a host's name follows; the rest is judged when it is first asked.
bool is_https_url(const std::string& text) {
    constexpr std::string_view scheme = "https://";
    return text.starts_with(scheme) && text.size() > scheme.size() && text[scheme.size()] != '/' &&
           text.size() < path_bytes_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Levenshtein's distance, in bytes.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

OptionValue Option::fallback() const {
    if (kind == OptionKind::number) return number;
    return std::string(words);
}

std::string Option::allowed() const {
    switch (kind) {
        case OptionKind::number: return fmt::format("a whole number from {} to {}", least, most);
        case OptionKind::choice: return fmt::format("\"{}\"", fmt::join(split_choices(choices), "\" or \""));
        case OptionKind::address: return "a numeric IPv4 or IPv6 address, as text";
        case OptionKind::path: return "a path, as text; \"\" is none";
        case OptionKind::https_url: return "an address that begins with https://, as text; \"\" is none";
        case OptionKind::line: return "one line of text; \"\" is none";
    }
    return {};
}

std::string Option::environment() const {
    std::string out = "DOORSTEP_" + std::string(key);
    for (char& c : out) c = c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

bool Option::allows(const OptionValue& value) const {
    if (const auto* given = std::get_if<std::uint64_t>(&value))
        return kind == OptionKind::number && *given >= least && *given <= most;
    const auto& text = std::get<std::string>(value);
    switch (kind) {
        case OptionKind::number: return false;
        case OptionKind::choice: return std::ranges::count(split_choices(choices), std::string_view(text)) == 1;
        case OptionKind::address: return text.find('\0') == text.npos && is_address(text);
        case OptionKind::path: return text.size() < path_bytes_max && text.find('\0') == text.npos;
        case OptionKind::https_url: return text.empty() || is_https_url(text);
        case OptionKind::line:
            return text.size() < path_bytes_max && text.find_first_of(std::string_view("\0\n\r", 3)) == text.npos;
    }
    return false;
}

std::optional<OptionValue> Option::parse(std::string_view text) const {
    OptionValue value = std::string(text);
    if (kind == OptionKind::number) {
        std::uint64_t number_read = 0;
        const auto [at, fault] = std::from_chars(text.data(), text.data() + text.size(), number_read);
        if (fault != std::errc() || at != text.data() + text.size()) return std::nullopt;
        value = number_read;
    }
    if (!allows(value)) return std::nullopt;
    return value;
}

std::span<const Option> options() {
    static const std::vector<Option> all = all_options();
    return all;
}

const Option& option(OptionId id) { return options()[static_cast<std::size_t>(id)]; }

const Option* find_option(std::string_view key) {
    const auto found = std::ranges::find(options(), key, &Option::key);
    return found == options().end() ? nullptr : &*found;
}

const Option& nearest_option(std::string_view key) {
    return *std::ranges::min_element(
        options(), {}, [key](const Option& each) { return distance(key.substr(0, key_bytes_max), each.key); });
}

}  // namespace doorstep::server
