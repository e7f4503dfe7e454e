// Well-formed UTF-8 by Unicode's table 3-7, each row with its edges.
#include "core/base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace doorstep::test {
namespace {

/// Encodes any number as UTF-8 would, surrogates and beyond included.
std::string encode(std::uint32_t point) {
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) return {static_cast<char>(point)};
    if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
    if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8, TakesWellFormedTextOnly) {
    struct Row {
        const char* name;
        std::string bytes;
        bool is_text;
    };
    const Row rows[] = {
        {"nothing", "", true},
        {"ascii", "Visit 3", true},
        {"han", "八里村委会", true},
        {"supplementary plane han of a name, U+20BB7", "\xf0\xa0\xae\xb7", true},
        {"U+0000", std::string(1, '\0'), false},
        {"U+0000 within", std::string("a\0b", 3), false},
        {"U+0001", encode(1), true},
        {"U+007F", encode(0x7f), true},
        {"U+0080", encode(0x80), true},
        {"U+07FF", encode(0x7ff), true},
        {"U+0800", encode(0x800), true},
        {"U+D7FF, before the surrogates", encode(0xd7ff), true},
        {"U+D800, first surrogate", encode(0xd800), false},
        {"U+DBFF", encode(0xdbff), false},
        {"U+DC00", encode(0xdc00), false},
        {"U+DFFF, last surrogate", encode(0xdfff), false},
        {"a surrogate pair as CESU-8", encode(0xd842) + encode(0xdfb7), false},
        {"U+E000, after the surrogates", encode(0xe000), true},
        {"U+FFFE, a noncharacter, is well-formed", encode(0xfffe), true},
        {"U+FFFF", encode(0xffff), true},
        {"U+10000", encode(0x10000), true},
        {"U+10FFFE", encode(0x10fffe), true},
        {"U+10FFFF, the last", encode(0x10ffff), true},
        {"U+110000, beyond the last", encode(0x110000), false},
        {"overlong U+0000, 2 bytes", "\xc0\x80", false},
        {"overlong U+007F, 2 bytes", "\xc1\xbf", false},
        {"overlong U+07FF, 3 bytes", "\xe0\x9f\xbf", false},
        {"overlong U+FFFF, 4 bytes", "\xf0\x8f\xbf\xbf", false},
        {"a tail alone", "\x80", false},
        {"a tail after text", "a\xbf", false},
        {"2 bytes cut", "\xc2", false},
        {"3 bytes cut after 1", "\xe5", false},
        {"3 bytes cut after 2", "\xe5\x85", false},
        {"4 bytes cut after 3", "\xf0\xa0\xae", false},
        {"a lead where a tail belongs", "\xe5\x85\xe5", false},
        {"ascii where a tail belongs",
         "\xe5\x85"
         "a",
         false},
        {"lead F5", "\xf5\x80\x80\x80", false},
        {"lead F8, 5 bytes", "\xf8\x88\x80\x80\x80", false},
        {"FE", "\xfe", false},
        {"FF", "\xff", false},
        {"GB 18030 bytes of 八里", "\xb0\xcb\xc0\xef", false},
        {"Latin-1", "caf\xe9", false},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(is_text(row.bytes), row.is_text);
        EXPECT_EQ(is_text("前" + row.bytes + "后"), row.is_text);
    }
}

TEST(Utf8, TakesEveryScalarValueAndNothingElse) {
    for (std::uint32_t point = 0; point < 0x111000; ++point) {
        const bool scalar = point != 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
        if (is_text(encode(point)) != scalar) FAIL() << std::hex << point;
    }
}

TEST(Utf8, JudgesEveryTwoByteStringByTheTable) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::string bytes{static_cast<char>(first), static_cast<char>(second)};
            const bool two_ascii = first >= 1 && first < 0x80 && second >= 1 && second < 0x80;
            const bool one_pair = first >= 0xc2 && first <= 0xdf && second >= 0x80 && second <= 0xbf;
            if (is_text(bytes) != (two_ascii || one_pair)) FAIL() << first << " " << second;
        }
    }
}

}  // namespace
}  // namespace doorstep::test
