#include "server/net/framing_guard.hpp"

#include <algorithm>
#include <array>

namespace doorstep::server {
namespace {

using Verdict = std::optional<Refusal>;  // nullopt: goes on
constexpr Verdict good = std::nullopt;
Verdict bad(std::string_view reason) { return Refusal{400, reason}; }

/// Headers that this server or its handlers read: a second one would leave open which of them counts.
constexpr std::array<std::string_view, 15> once_only = {"authorization",
                                                        "content-encoding",
                                                        "content-length",
                                                        "content-type",
                                                        "cookie",
                                                        "expect",
                                                        "host",
                                                        "idempotency-key",
                                                        "if-match",
                                                        "if-none-match",
                                                        "origin",
                                                        "sec-websocket-key",
                                                        "sec-websocket-version",
                                                        "transfer-encoding",
                                                        "upgrade"};

constexpr std::size_t method_bytes_max = 16;
constexpr std::size_t length_digits_max = 18;  // below 2^63 whatever the digits are

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z'); }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_visible(char c) { return c > ' ' && c < 0x7f; }
bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; }
/// RFC 9110, 5.6.2: what a header's name may hold.
bool is_token(char c) { return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos; }
/// RFC 3986's host and port, IPv6 brackets included; no user name, no path, no list.
bool is_host(char c) { return is_alnum(c) || std::string_view("-._~%:[]").find(c) != std::string_view::npos; }

char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The line before the next CRLF; both are taken off `rest`.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
}

/// Every byte may stand in a head, and the blank line is its end.
Verdict judge_bytes(std::string_view head) {
    const auto end = head_end(head, 0);
    if (head.starts_with("\r\n")) return bad("blank_line_first");
    if (!end) return bad("not_one_head");
    if (head.substr(0, *end).ends_with("\r\n\r\n")) return *end == head.size() ? good : bad("not_one_head");
    const char culprit = head[*end - 1];
    if (culprit == '\n') return bad("bare_line_feed");
    return bad(*end >= 2 && head[*end - 2] == '\r' ? "bare_carriage_return" : "control_byte");
}

Verdict judge_version(std::string_view version) {
    if (version == "HTTP/1.1") return good;
    const bool is_http = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                         version[6] == '.' && is_digit(version[7]);
    if (is_http) return Refusal{505, "http_version"};
    return bad("bad_request_line");
}

Verdict judge_target(std::string_view target, FramedHead& out) {
    if (!target.starts_with('/')) return bad("bad_target");  // absolute form, authority form and '*' are for proxies
    if (!std::all_of(target.begin(), target.end(), is_visible)) return bad("bad_target");
    if (target.find('#') != std::string_view::npos) return bad("bad_target");
    const auto question = target.find('?');
    out.path = target.substr(0, question);
    if (question != std::string_view::npos) out.query = target.substr(question + 1);
    return good;
}

Verdict judge_request_line(std::string_view line, FramedHead& out) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return bad("bad_request_line");
    if (!std::all_of(line.begin(), line.end(), is_ascii)) return bad("non_ascii");
    const std::string_view method = line.substr(0, first);
    if (method.empty() || method.size() > method_bytes_max || !std::all_of(method.begin(), method.end(), is_upper))
        return bad("bad_method");
    if (const Verdict refused = judge_version(line.substr(last + 1))) return refused;
    out.method = method;
    return judge_target(line.substr(first + 1, last - first - 1), out);  // a third space is not visible: refused there
}

Verdict judge_header_line(std::string_view line, FramedHead& out) {
    if (line.starts_with(' ') || line.starts_with('\t')) return bad("folded_header");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return bad("bad_header_line");
    const std::string_view raw_name = line.substr(0, colon);
    if (raw_name.ends_with(' ') || raw_name.ends_with('\t')) return bad("space_before_colon");
    if (!std::all_of(raw_name.begin(), raw_name.end(), is_ascii)) return bad("non_ascii");
    if (raw_name.empty() || !std::all_of(raw_name.begin(), raw_name.end(), is_token)) return bad("bad_header_name");
    std::string name = lower(raw_name);
    const std::string_view value = trim(line.substr(colon + 1));
    const auto same = std::find_if(out.headers.begin(), out.headers.end(), [&](auto& h) { return h.first == name; });
    if (same == out.headers.end()) {
        out.headers.emplace_back(std::move(name), value);
        return good;
    }
    if (std::find(once_only.begin(), once_only.end(), name) != once_only.end()) return bad("duplicate_header");
    same->second.append(", ").append(value);  // RFC 9110, 5.3: such a header is a list
    return good;
}

Verdict judge_length(std::string_view digits, FramedHead& out) {
    const bool plain = !digits.empty() && digits.size() <= length_digits_max &&
                       std::all_of(digits.begin(), digits.end(), is_digit) && (digits == "0" || digits[0] != '0');
    if (!plain) return bad("bad_content_length");  // a list, a sign, a space, 0x…, or a leading zero: not for guessing
    for (const char c : digits) out.content_length = out.content_length * 10 + static_cast<std::uint64_t>(c - '0');
    return good;
}

/// Whether the comma-separated `list` names `token` (lower case).
bool lists(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (lower(trim(list.substr(0, comma))) == token) return true;
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    return false;
}

/// 16 bytes in base64 (RFC 6455, 4.1).
bool is_websocket_key(std::string_view key) {
    const auto is_base64 = [](char c) { return is_alnum(c) || c == '+' || c == '/'; };
    return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_base64);
}

const std::string* find_header(const FramedHead& head, std::string_view name) {
    for (const auto& [key, value] : head.headers)
        if (key == name) return &value;
    return nullptr;
}

/// `protocol` is what Upgrade named.
Verdict judge_upgrade(std::string_view protocol, FramedHead& out) {
    const std::string* connection = find_header(out, "connection");
    const std::string* key = find_header(out, "sec-websocket-key");
    const std::string* version = find_header(out, "sec-websocket-version");
    if (lower(protocol) != "websocket" || !connection || !lists(*connection, "upgrade")) return bad("upgrade");
    if (out.method != "GET" || find_header(out, "content-length")) return bad("upgrade");
    if (!key || !is_websocket_key(*key)) return bad("websocket_key");
    if (!version || *version != "13") return bad("websocket_version");
    out.upgrade = FramedHead::Upgrade::websocket;
    return good;
}

/// What the headers mean together, once each of them is well formed.
Verdict judge_meaning(FramedHead& out) {
    const auto find = [&out](std::string_view name) { return find_header(out, name); };
    const std::string* length = find("content-length");
    if (find("transfer-encoding"))
        return length ? Refusal{400, "transfer_encoding"} : Refusal{411, "transfer_encoding"};
    const std::string* host = find("host");
    if (!host) return bad("no_host");
    if (host->empty() || !std::all_of(host->begin(), host->end(), is_host)) return bad("bad_host");
    if (const std::string* protocol = find("upgrade"))
        if (const Verdict refused = judge_upgrade(*protocol, out)) return refused;
    if (length) {
        if (const Verdict refused = judge_length(*length, out)) return refused;
    } else if (out.method == "POST" || out.method == "PUT" || out.method == "PATCH") {
        return Refusal{411, "no_content_length"};
    }
    if (const std::string* expect = find("expect")) {
        if (lower(*expect) != "100-continue") return Refusal{417, "expect"};
        if (out.content_length > 0) out.waiting = FramedHead::Waiting::for_continue;
    }
    const std::string* connection = find("connection");
    if (connection && lists(*connection, "close")) out.after = FramedHead::After::close;
    return good;
}

}  // namespace

std::optional<std::size_t> head_end(std::string_view received, std::size_t seen) {
    for (std::size_t i = seen; i < received.size(); ++i) {
        const bool after_return = i > 0 && received[i - 1] == '\r';
        if (received[i] == '\n') {
            if (!after_return || i == 1) return i + 1;  // a bare line feed; a blank line first
            if (i >= 3 && received[i - 2] == '\n') return i + 1;
        } else if (after_return || (received[i] != '\r' && is_control(received[i]))) {
            return i + 1;
        }
    }
    return std::nullopt;
}

JudgedHead judge_head(std::string_view head) {
    if (head.size() > head_bytes_max) return Refusal{431, "head_too_large"};
    if (const Verdict refused = judge_bytes(head)) return *refused;
    FramedHead out;
    std::string_view rest = head;
    if (const Verdict refused = judge_request_line(take_line(rest), out)) return *refused;
    std::size_t lines = 0;
    for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
        if (++lines > header_lines_max) return Refusal{431, "too_many_headers"};
        if (const Verdict refused = judge_header_line(line, out)) return *refused;
    }
    if (const Verdict refused = judge_meaning(out)) return *refused;
    return out;
}

}  // namespace doorstep::server
