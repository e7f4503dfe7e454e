#include "crypto/password_hash.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace doorstep::crypto {
namespace {

std::string hex(const StretchedPassword& bytes) {
    std::string out;
    for (const unsigned char byte : bytes) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        out += two;
    }
    return out;
}

// The reference implementation's own tests (phc-winner-argon2, test.c, version 0x13).
TEST(PasswordHash, PublishedVectors) {
    const auto one = stretch_password("password", "somesalt", {65'536, 2});
    ASSERT_TRUE(one);
    EXPECT_EQ(hex(*one), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    const auto other = stretch_password("differentpassword", "somesalt", {65'536, 2});
    ASSERT_TRUE(other);
    EXPECT_EQ(hex(*other), "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde");
}

TEST(PasswordHash, CostsAtLeastWhatIsPromised) {
    EXPECT_GE(StretchCost{}.memory_kib, 46u * 1024);
    EXPECT_GE(StretchCost{}.passes, 1u);
    EXPECT_FALSE(stretch_password("password", "1234567")) << "a salt is eight bytes or more";
    EXPECT_NE(stretch_password("password", "salt of a"), stretch_password("password", "salt of b"));
}

}  // namespace
}  // namespace doorstep::crypto
