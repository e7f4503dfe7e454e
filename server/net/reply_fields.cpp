#include "server/net/reply_fields.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace doorstep::server {
namespace {

struct Line {
    std::string_view name, value;
};

constexpr Line defaults[] = {
    {"Cache-Control", "no-store"},  // records of people: no copy stays in a shared browser or a proxy
    {"Content-Security-Policy",
     "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"},
    {"Referrer-Policy", "no-referrer"},  // a case's address never travels to another site
    {"Strict-Transport-Security", "max-age=31536000"},
    {"X-Content-Type-Options", "nosniff"},
};

/// They say where the reply ends, so the session alone writes them.
constexpr std::array<std::string_view, 6> framing = {"connection", "content-length",    "keep-alive",
                                                     "trailer",    "transfer-encoding", "upgrade"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(char c) {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_text(char c) { return (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) || c == '\t'; }

bool is_writable(std::string_view name, std::string_view value) {
    return !name.empty() && name.size() + value.size() <= reply_header_bytes_max &&
           std::all_of(name.begin(), name.end(), is_token) && std::all_of(value.begin(), value.end(), is_text) &&
           std::none_of(framing.begin(), framing.end(), [&](std::string_view taken) { return same_name(name, taken); });
}

}  // namespace

std::optional<ReplyFields> reply_fields(const Reply& reply) {
    const bool final = reply.status >= 200 && reply.status <= 599;
    if (reply.feed ? reply.status != 101 : !final) return std::nullopt;
    ReplyFields fields;
    if (!reply.content_type.empty()) fields.emplace_back("Content-Type", reply.content_type);
    fields.insert(fields.end(), reply.headers.begin(), reply.headers.end());
    for (const auto& [name, value] : fields)
        if (!is_writable(name, value)) return std::nullopt;
    const auto set_by_route = fields.size();
    for (const Line& line : defaults) {
        const auto end = fields.begin() + static_cast<std::ptrdiff_t>(set_by_route);
        if (std::none_of(fields.begin(), end, [&](const auto& field) { return same_name(field.first, line.name); }))
            fields.emplace_back(line.name, line.value);
    }
    return fields;
}

}  // namespace doorstep::server
