// tests/unit/server/net/reply_fields_test.cpp -- the security headers stand on every reply; nothing can split one.
#include "server/net/reply_fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "server/net/refusal.hpp"

namespace doorstep::server {
namespace {

using namespace std::string_literals;

std::vector<std::string> values_of(const ReplyFields& fields, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [key, value] : fields)
        if (key == name) values.push_back(value);
    return values;
}

Reply reply_with(std::string name, std::string value) {
    Reply reply;
    reply.headers.emplace_back(std::move(name), std::move(value));
    return reply;
}

TEST(ReplyFields, SecurityHeadersAreThere) {
    const auto fields = reply_fields(Reply{});
    ASSERT_TRUE(fields);
    for (const char* name : {"Cache-Control", "Content-Security-Policy", "Referrer-Policy", "Strict-Transport-Security",
                             "X-Content-Type-Options", "Content-Type"})
        EXPECT_EQ(values_of(*fields, name).size(), 1U) << name;
    EXPECT_EQ(values_of(*fields, "Cache-Control").front(), "no-store");
}

TEST(ReplyFields, ARouteReplacesADefault) {
    const auto fields = reply_fields(reply_with("cache-control", "max-age=60"));
    ASSERT_TRUE(fields);
    EXPECT_TRUE(values_of(*fields, "Cache-Control").empty());
    EXPECT_EQ(values_of(*fields, "cache-control").front(), "max-age=60");
    EXPECT_EQ(values_of(*fields, "X-Content-Type-Options").front(), "nosniff");
}

TEST(ReplyFields, ARouteMaySetTwoCookies) {
    Reply reply = reply_with("Set-Cookie", "a=1");
    reply.headers.emplace_back("Set-Cookie", "b=2");
    EXPECT_EQ(values_of(reply_fields(reply).value(), "Set-Cookie").size(), 2U);
}

TEST(ReplyFields, WhatMayBeWritten) {
    struct Row {
        const char* what;
        std::string name, value;
        enum class Verdict { written, refused } verdict;
    };
    constexpr auto written = Row::Verdict::written, refused = Row::Verdict::refused;
    const Row rows[] = {{"plain", "X-A", "b", written},
                        {"UTF-8 in a value", "X-A", "\xe5\xa4\xaa", written},
                        {"tab in a value", "X-A", "a\tb", written},
                        {"CRLF in a value", "X-A", "b\r\nSet-Cookie: c", refused},
                        {"LF in a value", "X-A", "b\nSet-Cookie: c", refused},
                        {"CR in a value", "X-A", "b\rc", refused},
                        {"NUL in a value", "X-A", "b\0c"s, refused},
                        {"DEL in a value", "X-A", "b\x7f", refused},
                        {"CRLF in a name", "X-A: b\r\nX-B", "c", refused},
                        {"colon in a name", "X:A", "b", refused},
                        {"space in a name", "X A", "b", refused},
                        {"empty name", "", "b", refused},
                        {"empty value", "X-A", "", written},
                        {"limit - 1", "X", std::string(reply_header_bytes_max - 2, 'a'), written},
                        {"limit", "X", std::string(reply_header_bytes_max - 1, 'a'), written},
                        {"limit + 1", "X", std::string(reply_header_bytes_max, 'a'), refused},
                        {"Content-Length", "content-length", "5", refused},
                        {"Transfer-Encoding", "Transfer-Encoding", "chunked", refused},
                        {"Connection", "CONNECTION", "close", refused}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        EXPECT_EQ(reply_fields(reply_with(row.name, row.value)).has_value(), row.verdict == written);
    }
}

TEST(ReplyFields, TheContentTypeIsAHeaderToo) {
    Reply reply;
    reply.content_type = "text/html\r\nX: y";
    EXPECT_FALSE(reply_fields(reply));
}

TEST(ReplyFields, OnlyFinalStatuses) {
    struct Row {
        int status;
        enum class Verdict { written, refused } verdict;
    };
    for (const Row& row :
         {Row{199, Row::Verdict::refused}, Row{200, Row::Verdict::written}, Row{599, Row::Verdict::written},
          Row{600, Row::Verdict::refused}, Row{100, Row::Verdict::refused}, Row{-1, Row::Verdict::refused}}) {
        Reply reply;
        reply.status = row.status;
        EXPECT_EQ(reply_fields(reply).has_value(), row.verdict == Row::Verdict::written) << row.status;
    }
}

TEST(Refusal, IsProblemJson) {
    const Reply reply = refusal_reply({400, "bare_line_feed"});
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.content_type, "application/problem+json");
    EXPECT_EQ(reply.body,
              R"({"title":"malformed","status":400,"code":"malformed","number":16,"detail":"bare_line_feed"})"
              "\n");
    EXPECT_TRUE(reply.headers.empty());
}

TEST(Refusal, TheCodeIsOneOfTheHouses) {
    struct Row {
        int status;
        const char* code;
    };
    for (const Row& row : {Row{411, "malformed"}, Row{413, "payload_too_large"}, Row{417, "malformed"},
                           Row{431, "malformed"}, Row{500, "internal"}, Row{503, "busy"}, Row{505, "malformed"}}) {
        const std::string code = std::string("\"code\":\"") + row.code + "\"";
        EXPECT_NE(refusal_reply({row.status, "x"}).body.find(code), std::string::npos) << row.status;
    }
}

TEST(Refusal, BusySaysWhenToComeBack) {
    const Reply reply = refusal_reply({503, "busy"});
    ASSERT_EQ(reply.headers.size(), 1U);
    EXPECT_EQ(reply.headers.front().first, "Retry-After");
}

}  // namespace
}  // namespace doorstep::server
