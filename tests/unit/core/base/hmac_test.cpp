// HMAC-SHA-256 against the published vectors.
#include "core/base/hmac.hpp"

#include <gtest/gtest.h>

namespace doorstep::test {
namespace {

// RFC 4231, 4.2 to 4.8 (4.6 asks for a truncated tag: the first 16 bytes count).
TEST(Hmac, Rfc4231) {
    struct Row {
        const char* name;
        Bytes key, message;
        const char* tag;
    };
    const Row rows[] = {
        {"4.2", Bytes(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"4.3", "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"4.4", Bytes(20, '\xaa'), Bytes(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"4.5", from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819").value(), Bytes(50, '\xcd'),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {"4.6", Bytes(20, '\x0c'), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
        {"4.7", Bytes(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"4.8", Bytes(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. "
         "The key needs to be hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const std::string tag = hmac_sha256(row.key, row.message).hex(), expected = row.tag;
        EXPECT_EQ(tag.substr(0, expected.size()), expected);
    }
}

TEST(Hmac, TagsAreComparedWhole) {
    const Hash tag = hmac_sha256("key", "message");
    EXPECT_TRUE(same_tag(tag, hmac_sha256("key", "message")));
    for (std::size_t i = 0; i < Hash::size; ++i) {
        Hash other = tag;
        other.bytes[i] = static_cast<char>(other.bytes[i] ^ 1);
        EXPECT_FALSE(same_tag(tag, other)) << i;
    }
}

}  // namespace
}  // namespace doorstep::test
