// A phone's key pair and its signatures.
#include "crypto/key_pair.hpp"

#include <gtest/gtest.h>

#include "crypto/signature.hpp"

namespace doorstep::crypto {
namespace {

TEST(KeyPair, GoesThroughPem) {
    const auto pair = KeyPair::generate();
    const auto again = KeyPair::from_pem(*pair->to_pem());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_key(), pair->public_key());
    EXPECT_TRUE(is_signed(pair->public_key(), "words", *sign(*again, "words")));
    EXPECT_TRUE(pair->to_pem()->starts_with("-----BEGIN PRIVATE KEY-----\n")) << "PKCS #8, as other programs read it";
}

TEST(KeyPair, RefusesPemOfOthers) {
    // openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1: as long a key, of another curve
    const std::string other_curve =
        "-----BEGIN PRIVATE KEY-----\n"
        "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgKXTRNRUlNkV9dmy/Wuvp\n"
        "6c4rS+aP6eFNokO18MuKfEShRANCAARu9RddM6XJjkl6Pp+kO4BWMfWI5b4oEPmB\n"
        "ZpaCJhSZjNKsML+6H1Mb+eFXJjccAPlV6YDakgV5Ml9P3oG/pMCT\n"
        "-----END PRIVATE KEY-----\n";
    const std::string whole = *KeyPair::generate()->to_pem();
    for (const std::string& pem : {std::string(), std::string("x"), other_curve, whole.substr(0, whole.size() / 2)})
        EXPECT_FALSE(KeyPair::from_pem(pem)) << pem;
}

TEST(Signature, IsOfOneKeyAndOneMessage) {
    const auto pair = KeyPair::generate(), other = KeyPair::generate();
    const std::string signature = *sign(*pair, "words");
    EXPECT_LE(signature.size(), signature_bytes_max);
    EXPECT_TRUE(is_signed(pair->public_key(), "words", signature));
    EXPECT_FALSE(is_signed(other->public_key(), "words", signature));
    EXPECT_FALSE(is_signed(pair->public_key(), "word", signature));
    EXPECT_FALSE(is_signed(pair->public_key(), "words", ""));
    EXPECT_FALSE(is_signed(pair->public_key(), "words", signature + "x"));
    EXPECT_FALSE(is_signed(pair->public_key(), "words", signature.substr(0, 20)));
    std::string off_the_curve = pair->public_key();
    off_the_curve.back() = static_cast<char>(off_the_curve.back() ^ 1);
    for (const std::string& key : {std::string(), std::string(65, '\x04'), std::string("\x04"), off_the_curve})
        EXPECT_FALSE(is_signed(key, "words", signature));
}

}  // namespace
}  // namespace doorstep::crypto
