// RFC 6238, appendix B, of whose eight digits we take the last six; RFC 4648, section 10.
#include "crypto/totp.hpp"

#include <gtest/gtest.h>

namespace doorstep::crypto {
namespace {

constexpr std::string_view secret = "12345678901234567890";

TEST(Totp, PublishedVectors) {
    struct Row {
        std::uint64_t seconds;
        const char* code;
    };
    for (const Row& row : {Row{59, "287082"}, Row{1'111'111'109, "081804"}, Row{1'111'111'111, "050471"},
                           Row{1'234'567'890, "005924"}, Row{2'000'000'000, "279037"}, Row{20'000'000'000, "353130"}})
        EXPECT_EQ(totp_code(secret, row.seconds * 1000 / totp_step_ms), row.code) << row.seconds;
}

TEST(Totp, ACodeWorksOnceAndAroundItsTime) {
    constexpr std::uint64_t step = 1'000'000, now_ms = step * totp_step_ms + 1;
    const auto taken = [&](std::uint64_t of, std::uint64_t last) {
        return totp_step_of(totp_code(secret, of), secret, now_ms, last);
    };
    EXPECT_EQ(taken(step, 0), step);
    EXPECT_EQ(taken(step - 1, 0), step - 1);
    EXPECT_EQ(taken(step + 1, 0), step + 1);
    EXPECT_EQ(taken(step - 2, 0), std::nullopt);
    EXPECT_EQ(taken(step + 2, 0), std::nullopt);
    EXPECT_EQ(taken(step, step), std::nullopt) << "replayed";
    EXPECT_EQ(taken(step - 1, step), std::nullopt) << "an older one";
    EXPECT_EQ(taken(step + 1, step), step + 1);
    for (const char* wrong : {"", "12345", "1234567", "abcdef"})
        EXPECT_EQ(totp_step_of(wrong, secret, now_ms, 0), std::nullopt) << wrong;
}

TEST(Totp, Base32) {
    struct Row {
        const char *bytes, *text;
    };
    for (const Row& row : {Row{"", ""}, Row{"f", "MY"}, Row{"fo", "MZXQ"}, Row{"foo", "MZXW6"}, Row{"foob", "MZXW6YQ"},
                           Row{"fooba", "MZXW6YTB"}, Row{"foobar", "MZXW6YTBOI"}})
        EXPECT_EQ(base32(row.bytes), row.text);
}

}  // namespace
}  // namespace doorstep::crypto
