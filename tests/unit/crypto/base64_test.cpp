// RFC 4648, section 10, and what is none.
#include "crypto/base64.hpp"

#include <gtest/gtest.h>

namespace doorstep::crypto {
namespace {

TEST(Base64, PublishedVectors) {
    struct Row {
        const char *text, *bytes;
    };
    for (const Row& row : {Row{"", ""}, Row{"Zg==", "f"}, Row{"Zm8=", "fo"}, Row{"Zm9v", "foo"},
                           Row{"Zm9vYg==", "foob"}, Row{"Zm9vYmE=", "fooba"}, Row{"Zm9vYmFy", "foobar"}})
        EXPECT_EQ(from_base64(row.text), row.bytes) << row.text;
}

TEST(Base64, WhatIsNoneIsRefused) {
    for (const char* text :
         {"Z", "Zg", "Zg=", "Zg===", "====", "Zg==Zg==", "Z=g=", "Zm9v\n", "Zm 9", " Zm9v", "Zm9*", "Zm9-"})
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace doorstep::crypto
