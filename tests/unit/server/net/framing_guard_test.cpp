// tests/unit/server/net/framing_guard_test.cpp -- one row per hazard of a head, its edges beside it.
#include "server/net/framing_guard.hpp"

#include <gtest/gtest.h>

#include <string>

namespace doorstep::server {
namespace {

using namespace std::string_literals;

std::string with_line(const std::string& line) { return "GET /a HTTP/1.1\r\nHost: h\r\n" + line + "\r\n\r\n"; }
std::string post(const std::string& lines) { return "POST /a HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n\r\n"; }
std::string request(const std::string& line) { return line + "\r\nHost: h\r\n\r\n"; }

const std::string without_key = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
const std::string key_lines = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const std::string websocket = "Connection: upgrade\r\nUpgrade: websocket\r\n" + key_lines;

/// "200" for a head that is let through, otherwise status and reason.
std::string verdict_on(const std::string& head) {
    const JudgedHead judged = judge_head(head);
    if (std::holds_alternative<FramedHead>(judged)) return "200";
    const auto& refusal = std::get<Refusal>(judged);
    return std::to_string(refusal.status) + " " + std::string(refusal.reason);
}

TEST(FramingGuard, Verdicts) {
    struct Row {
        const char* name;
        std::string head;
        const char* verdict;
    };
    const Row rows[] = {
        {"plain", request("GET /a HTTP/1.1"), "200"},
        // --- line ends and bytes
        {"bare LF ends the request line", "GET /a HTTP/1.1\nHost: h\r\n\r\n", "400 bare_line_feed"},
        {"bare LF ends a header", "GET /a HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "400 bare_line_feed"},
        {"bare LF for the blank line", "GET /a HTTP/1.1\r\nHost: h\r\n\n", "400 bare_line_feed"},
        {"bare CR in a value", with_line("X: a\rb"), "400 bare_carriage_return"},
        {"two CR", "GET /a HTTP/1.1\r\r\nHost: h\r\n\r\n", "400 bare_carriage_return"},
        {"NUL in a value", with_line("X: a\0b"s), "400 control_byte"},
        {"NUL in the target", "GET /a\0 HTTP/1.1\r\nHost: h\r\n\r\n"s, "400 control_byte"},
        {"control byte", with_line("X: a\x01"), "400 control_byte"},
        {"vertical tab", with_line("X: a\x0b"), "400 control_byte"},
        {"DEL", with_line("X: a\x7f"), "400 control_byte"},
        {"tab in a value is a space", with_line("X: a\tb"), "200"},
        {"UTF-8 in a value", with_line("X: \xe5\xa4\xaa"), "200"},
        {"over 0x7f in a name", with_line("X\xe5: a"), "400 non_ascii"},
        {"over 0x7f in the target", request("GET /\xe5 HTTP/1.1"), "400 non_ascii"},
        {"over 0x7f in the method", request("G\xc3T /a HTTP/1.1"), "400 non_ascii"},
        {"a blank line first", "\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", "400 blank_line_first"},
        {"nothing but the blank line", "\r\n\r\n", "400 blank_line_first"},
        {"no blank line", "GET /a HTTP/1.1\r\nHost: h\r\n", "400 not_one_head"},
        {"more than one head", request("GET /a HTTP/1.1") + "GET", "400 not_one_head"},
        {"nothing", "", "400 not_one_head"},
        // --- request line
        {"lower-case method", request("get /a HTTP/1.1"), "400 bad_method"},
        {"method of 16", request("ABCDEFGHIJKLMNOP /a HTTP/1.1"), "200"},
        {"method of 17", request("ABCDEFGHIJKLMNOPQ /a HTTP/1.1"), "400 bad_method"},
        {"no method", request(" /a HTTP/1.1"), "400 bad_method"},
        {"no target", request("GET  HTTP/1.1"), "400 bad_target"},
        {"HTTP/0.9", request("GET /a"), "400 bad_request_line"},
        {"one word", request("GET"), "400 bad_request_line"},
        {"two spaces", request("GET  /a HTTP/1.1"), "400 bad_target"},
        {"space in the target", request("GET /a b HTTP/1.1"), "400 bad_target"},
        {"space after the version", request("GET /a HTTP/1.1 "), "400 bad_request_line"},
        {"tab instead of space", request("GET\t/a\tHTTP/1.1"), "400 bad_request_line"},
        {"absolute form", request("GET https://h/a HTTP/1.1"), "400 bad_target"},
        {"authority form", request("CONNECT h:443 HTTP/1.1"), "400 bad_target"},
        {"asterisk form", request("OPTIONS * HTTP/1.1"), "400 bad_target"},
        {"fragment", request("GET /a#b HTTP/1.1"), "400 bad_target"},
        {"HTTP/1.0", request("GET /a HTTP/1.0"), "505 http_version"},
        {"HTTP/2.0", request("GET /a HTTP/2.0"), "505 http_version"},
        {"HTTP/1.2", request("GET /a HTTP/1.2"), "505 http_version"},
        {"HTTP/1.10", request("GET /a HTTP/1.10"), "400 bad_request_line"},
        {"http/1.1", request("GET /a http/1.1"), "400 bad_request_line"},
        // --- header lines
        {"folded header", with_line("X: a\r\n b"), "400 folded_header"},
        {"folded with a tab", with_line("X: a\r\n\tb"), "400 folded_header"},
        {"first header folded", "GET /a HTTP/1.1\r\n Host: h\r\n\r\n", "400 folded_header"},
        {"space before the colon", with_line("X : a"), "400 space_before_colon"},
        {"tab before the colon", with_line("X\t: a"), "400 space_before_colon"},
        {"space before the colon of Content-Length", post("Content-Length : 3"), "400 space_before_colon"},
        {"space in a name", with_line("X Y: a"), "400 bad_header_name"},
        {"no name", with_line(": a"), "400 bad_header_name"},
        {"parenthesis in a name", with_line("X(: a"), "400 bad_header_name"},
        {"no colon", with_line("X"), "400 bad_header_line"},
        {"no value", with_line("X:"), "200"},
        {"no space after the colon", with_line("X:a"), "200"},
        {"a list in two lines", with_line("Accept: a\r\nAccept: b"), "200"},
        {"two Host", with_line("Host: h"), "400 duplicate_header"},
        {"two Host, other case", with_line("hOST: i"), "400 duplicate_header"},
        {"two Authorization", with_line("Authorization: a\r\nauthorization: b"), "400 duplicate_header"},
        {"two Cookie", with_line("Cookie: a\r\nCookie: b"), "400 duplicate_header"},
        {"two Content-Type", with_line("Content-Type: a/b\r\nContent-Type: c/d"), "400 duplicate_header"},
        {"two equal Content-Length", post("Content-Length: 3\r\nContent-Length: 3"), "400 duplicate_header"},
        {"two Content-Length", post("Content-Length: 3\r\nContent-Length: 4"), "400 duplicate_header"},
        {"no Host", "GET /a HTTP/1.1\r\nX: a\r\n\r\n", "400 no_host"},
        {"no header at all", "GET /a HTTP/1.1\r\n\r\n", "400 no_host"},
        {"empty Host", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", "400 bad_host"},
        {"Host with a user", "GET /a HTTP/1.1\r\nHost: u@h\r\n\r\n", "400 bad_host"},
        {"Host with a path", "GET /a HTTP/1.1\r\nHost: h/b\r\n\r\n", "400 bad_host"},
        {"two hosts in one line", "GET /a HTTP/1.1\r\nHost: h, i\r\n\r\n", "400 bad_host"},
        {"Host with a port", "GET /a HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", "200"},
        // --- where the body ends
        {"no body", post("Content-Length: 0"), "200"},
        {"a body", post("Content-Length: 3"), "200"},
        {"POST without a length", post("X: a"), "411 no_content_length"},
        {"PUT without a length", request("PUT /a HTTP/1.1"), "411 no_content_length"},
        {"DELETE without a length", request("DELETE /a HTTP/1.1"), "200"},
        {"listed Content-Length", post("Content-Length: 3, 3"), "400 bad_content_length"},
        {"negative Content-Length", post("Content-Length: -1"), "400 bad_content_length"},
        {"signed Content-Length", post("Content-Length: +3"), "400 bad_content_length"},
        {"hexadecimal Content-Length", post("Content-Length: 0x3"), "400 bad_content_length"},
        {"letters in Content-Length", post("Content-Length: 3a"), "400 bad_content_length"},
        {"space in Content-Length", post("Content-Length: 3 3"), "400 bad_content_length"},
        {"empty Content-Length", post("Content-Length:"), "400 bad_content_length"},
        {"leading zero", post("Content-Length: 03"), "400 bad_content_length"},
        {"18 digits", post("Content-Length: 999999999999999999"), "200"},
        {"19 digits", post("Content-Length: 9999999999999999999"), "400 bad_content_length"},
        {"chunked", post("Transfer-Encoding: chunked"), "411 transfer_encoding"},
        {"chunked and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 3"), "400 transfer_encoding"},
        {"a length and not quite chunked", post("Content-Length: 3\r\nTransfer-Encoding: chunked, x"),
         "400 transfer_encoding"},
        {"xchunked", post("Transfer-Encoding: xchunked"), "411 transfer_encoding"},
        {"identity", post("Transfer-Encoding: identity"), "411 transfer_encoding"},
        {"chunked, hidden by a space", post("Transfer-Encoding : chunked"), "400 space_before_colon"},
        {"two Transfer-Encoding", post("Transfer-Encoding: a\r\nTransfer-Encoding: b"), "400 duplicate_header"},
        // --- what a client may expect
        {"upgrade to HTTP/2", with_line("Connection: upgrade\r\nUpgrade: h2c"), "400 upgrade"},
        {"WebSocket", with_line(websocket), "200"},
        {"WebSocket, other case", with_line("connection: Keep-Alive, UPGRADE\r\nupgrade: WebSocket\r\n" + key_lines),
         "200"},
        {"WebSocket or HTTP/2", with_line("Connection: upgrade\r\nUpgrade: websocket, h2c\r\n" + key_lines),
         "400 upgrade"},
        {"WebSocket without Connection", with_line("Upgrade: websocket\r\n" + key_lines), "400 upgrade"},
        {"WebSocket, Connection says otherwise", with_line("Connection: close\r\nUpgrade: websocket\r\n" + key_lines),
         "400 upgrade"},
        {"two Upgrade", with_line(websocket + "\r\nUpgrade: websocket"), "400 duplicate_header"},
        {"WebSocket by POST", post("Content-Length: 0\r\n" + websocket), "400 upgrade"},
        {"WebSocket with a length", with_line("Content-Length: 0\r\n" + websocket), "400 upgrade"},
        {"WebSocket, chunked", with_line("Transfer-Encoding: chunked\r\n" + websocket), "411 transfer_encoding"},
        {"WebSocket without a key", with_line("Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
         "400 websocket_key"},
        {"WebSocket, short key", with_line("Sec-WebSocket-Key: dGhl\r\n" + without_key), "400 websocket_key"},
        {"WebSocket, key not base64", with_line("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25*ZQ==\r\n" + without_key),
         "400 websocket_key"},
        {"two keys", with_line("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + websocket), "400 duplicate_header"},
        {"another version of WebSocket",
         with_line("Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
         "400 websocket_version"},
        {"Connection: upgrade alone", with_line("Connection: upgrade"), "200"},
        {"100-continue", post("Content-Length: 3\r\nExpect: 100-Continue"), "200"},
        {"another Expect", post("Content-Length: 3\r\nExpect: 200-ok"), "417 expect"},
        {"two Expect", post("Content-Length: 3\r\nExpect: 100-continue\r\nExpect: x"), "400 duplicate_header"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(verdict_on(row.head), row.verdict);
    }
}

TEST(FramingGuard, SaysWhatTheHeadSaid) {
    const JudgedHead judged = judge_head(
        "POST /api/v1/sync?a=1?b HTTP/1.1\r\nHOST: h:1\r\nAccept: a\r\nX-Note: \t two  words \r\naccept: b\r\n"
        "Content-Length: 42\r\nExpect: 100-continue\r\nConnection: x, Close\r\n\r\n");
    ASSERT_TRUE(std::holds_alternative<FramedHead>(judged));
    const auto& head = std::get<FramedHead>(judged);
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.path, "/api/v1/sync");
    EXPECT_EQ(head.query, "a=1?b");
    EXPECT_EQ(head.content_length, 42U);
    EXPECT_EQ(head.after, FramedHead::After::close);
    EXPECT_EQ(head.waiting, FramedHead::Waiting::for_continue);
    const std::vector<std::pair<std::string, std::string>> headers = {
        {"host", "h:1"},          {"accept", "a, b"},         {"x-note", "two  words"},
        {"content-length", "42"}, {"expect", "100-continue"}, {"connection", "x, Close"}};
    EXPECT_EQ(head.headers, headers);
}

TEST(FramingGuard, KeepsAliveUnlessToldOtherwise) {
    struct Row {
        const char* line;
        FramedHead::After after;
    };
    const Row rows[] = {{"X: a", FramedHead::After::keep_alive},
                        {"Connection: keep-alive", FramedHead::After::keep_alive},
                        {"Connection: closed", FramedHead::After::keep_alive},
                        {"Connection: close", FramedHead::After::close},
                        {"Connection: a ,CLOSE", FramedHead::After::close},
                        {"Connection: a\r\nConnection: close", FramedHead::After::close}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.line);
        EXPECT_EQ(std::get<FramedHead>(judge_head(with_line(row.line))).after, row.after);
    }
}

TEST(FramingGuard, NothingToWaitForWithoutABody) {
    const JudgedHead judged = judge_head(post("Content-Length: 0\r\nExpect: 100-continue"));
    EXPECT_EQ(std::get<FramedHead>(judged).waiting, FramedHead::Waiting::no);
}

TEST(FramingGuard, HeadSize) {
    const auto head_of = [](std::size_t bytes) {
        const std::string rest = with_line("X: ");
        return with_line("X: " + std::string(bytes - rest.size(), 'a'));
    };
    EXPECT_EQ(verdict_on(head_of(head_bytes_max - 1)), "200");
    EXPECT_EQ(verdict_on(head_of(head_bytes_max)), "200");
    EXPECT_EQ(verdict_on(head_of(head_bytes_max + 1)), "431 head_too_large");
}

TEST(FramingGuard, HeaderLines) {
    const auto head_with = [](std::size_t lines) {
        std::string head = "GET /a HTTP/1.1\r\nHost: h\r\n";
        for (std::size_t i = 1; i < lines; ++i) head += "X" + std::to_string(i) + ": a\r\n";
        return head + "\r\n";
    };
    EXPECT_EQ(verdict_on(head_with(header_lines_max - 1)), "200");
    EXPECT_EQ(verdict_on(head_with(header_lines_max)), "200");
    EXPECT_EQ(verdict_on(head_with(header_lines_max + 1)), "431 too_many_headers");
}

TEST(HeadEnd, StopsAtTheBlankLineOrAtTheFirstHopelessByte) {
    struct Row {
        const char* name;
        std::string received;
        std::optional<std::size_t> end;
    };
    const Row rows[] = {{"nothing", "", std::nullopt},
                        {"half a line", "GET", std::nullopt},
                        {"three of four", "G\r\n\r", std::nullopt},
                        {"blank line", "G\r\n\r\n", 5},
                        {"body behind it", "G\r\n\r\nbody\n", 5},
                        {"bare LF", "G\nH", 2},
                        {"LF first", "\nG", 1},
                        {"blank line first", "\r\nG", 2},
                        {"bare CR", "G\rH", 3},
                        {"CR at the end may get its LF", "G\r", std::nullopt},
                        {"NUL", "G\0H"s, 2},
                        {"tab", "G\tH", std::nullopt}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(head_end(row.received, 0), row.end);
    }
}

TEST(HeadEnd, IsTheSameHoweverTheBytesArrive) {
    for (const std::string& head : {request("GET /a HTTP/1.1"), "GET /a\nx"s, "GET\r/a\r\n\r\n"s, "G\r\n\r\r\n"s}) {
        const auto whole = head_end(head, 0);
        std::optional<std::size_t> bytewise;
        for (std::size_t bytes = 1; bytes <= head.size() && !bytewise; ++bytes)
            bytewise = head_end(std::string_view(head).substr(0, bytes), bytes - 1);
        EXPECT_EQ(bytewise, whole) << head;
    }
}

}  // namespace
}  // namespace doorstep::server
