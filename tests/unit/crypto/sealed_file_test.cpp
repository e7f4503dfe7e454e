// A sealed file opens for its receiver alone, and only as its sender wrote it.
#include "crypto/sealed_file.hpp"

#include <gtest/gtest.h>

namespace doorstep::crypto {
namespace {

Secret secret(unsigned char n) {
    Secret out;
    out.fill(n);
    return out;
}
KeyPair office() { return *KeyPair::derive(secret(1), seal_purpose); }
KeyPair phone() { return *KeyPair::derive(secret(2), sign_purpose); }

TEST(SealedFile, OpensForItsReceiver) {
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 100'000U}) {
        const std::string content(size, 'x');
        const auto file = seal(content, phone(), office().public_key());
        ASSERT_TRUE(file);
        const Unsealed opened = unseal(*file, office());
        ASSERT_EQ(opened.outcome, Unsealing::done) << size;
        EXPECT_EQ(opened.content, content);
        EXPECT_EQ(opened.sender_public_key, phone().public_key());
        EXPECT_EQ(size > 1 ? file->find(content) : file->npos, file->npos) << "in the clear";
    }
}

TEST(SealedFile, KeysFollowFromSecretAndPurpose) {
    EXPECT_EQ(office().public_key(), office().public_key());
    EXPECT_EQ(office().public_key().size(), public_key_bytes);
    EXPECT_NE(KeyPair::derive(secret(1), seal_purpose)->public_key(),
              KeyPair::derive(secret(1), sign_purpose)->public_key());
    EXPECT_NE(office().public_key(), KeyPair::derive(secret(3), seal_purpose)->public_key());
    EXPECT_NE(KeyPair::generate()->public_key(), KeyPair::generate()->public_key());
}

TEST(SealedFile, TheSameContentNeverLooksTheSame) {
    EXPECT_NE(*seal("走访", phone(), office().public_key()), *seal("走访", phone(), office().public_key()));
}

TEST(SealedFile, IsNotForOthers) {
    const auto file = seal("走访", phone(), office().public_key());
    EXPECT_EQ(unseal(*file, *KeyPair::derive(secret(9), seal_purpose)).outcome, Unsealing::not_for_us);
}

TEST(SealedFile, EveryChangedByteShows) {
    const auto file = seal("走访记录", phone(), office().public_key());
    for (std::size_t at = 0; at < file->size(); ++at)
        for (const int flip : {1, 0x80}) {
            std::string changed = *file;
            changed[at] = static_cast<char>(changed[at] ^ flip);
            const Unsealed opened = unseal(changed, office());
            ASSERT_NE(opened.outcome, Unsealing::done) << at;
            ASSERT_TRUE(opened.content.empty());
        }
}

TEST(SealedFile, EveryOtherLengthShows) {
    const auto file = seal("走访记录", phone(), office().public_key());
    for (std::size_t size = 0; size < file->size(); ++size)
        ASSERT_NE(unseal(file->substr(0, size), office()).outcome, Unsealing::done) << size;
    EXPECT_EQ(unseal(*file + "x", office()).outcome, Unsealing::not_sealed);
    std::string newer = *file;
    newer[8] = 2;
    EXPECT_EQ(unseal(newer, office()).outcome, Unsealing::newer);
}

TEST(SealedFile, IsNotMadeForAKeyThatIsNone) {
    for (const std::string& key : {std::string(), std::string(64, '\4'), std::string(65, '\0'), std::string(65, '\4')})
        EXPECT_FALSE(seal("走访", phone(), key));
}

/// Who takes the sealed part of another's file and signs it himself is seen as himself, and opens nothing by it: the
/// sender's key is under the seal's tag.
TEST(SealedFile, CannotBeSignedAnewByAnother) {
    const auto file = seal("走访", phone(), office().public_key());
    const KeyPair thief = *KeyPair::derive(secret(7), sign_purpose);
    const auto other = seal("走访", thief, office().public_key());
    const std::string mixed = other->substr(0, 74) + file->substr(74);
    EXPECT_EQ(unseal(mixed, office()).outcome, Unsealing::wrong_signature);
}

}  // namespace
}  // namespace doorstep::crypto
