// SHA-256 against published vectors: the examples of FIPS 180-2 appendix B (kept for FIPS 180-4), and NIST's additional
// ones, which lie around the block's edges and beyond 2^32 bits.
#include "core/base/sha256.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/core/support/outcome.hpp"

namespace doorstep::test {
namespace {

struct Vector {
    const char* name;
    std::string message;
    const char* digest;
};

const Vector vectors[] = {
    {"nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"one block", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"448 bits", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"896 bits",
     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"one byte", "\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
    {"four bytes", "\xc9\x8c\x8e\x55", "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"},
    {"55 zeros: length fits the block", std::string(55, '\0'),
     "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
    {"56 zeros: length spills", std::string(56, '\0'),
     "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"},
    {"57 zeros", std::string(57, '\0'), "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"},
    {"64 zeros: a whole block", std::string(64, '\0'),
     "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
    {"1,000 zeros", std::string(1000, '\0'), "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"},
    {"1,000 A", std::string(1000, 'A'), "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4"},
    {"1,005 U", std::string(1005, 'U'), "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0"},
    {"1,000,000 zeros", std::string(1'000'000, '\0'),
     "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025"},
    {"1,000,000 a", std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

TEST(Sha256, AgreesWithPublishedVectors) {
    for (const Vector& vector : vectors) {
        SCOPED_TRACE(vector.name);
        EXPECT_EQ(sha256(vector.message).hex(), vector.digest);
    }
}

// NIST's example of 0x20000000 bytes of 0x5a: exactly 2^32 bits, so the length needs its upper half.
TEST(Sha256, CountsBeyond32BitsOfLength) {
    const std::string piece(1 << 20, 'Z');
    Sha256 hash;
    for (int i = 0; i < 512; ++i) hash.update(piece);
    EXPECT_EQ(hash.finish().hex(), "15a1868c12cc53951e182344277447cd0979536badcc512ad24c67e9b2d4f3dd");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArrive) {
    std::string message;
    for (int i = 0; i < 300; ++i) message.push_back(static_cast<char>(i * 7));
    const Hash whole = sha256(message);
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
        Sha256 hash;
        hash.update(BytesView(message).substr(0, cut)).update(BytesView(message).substr(cut));
        ASSERT_EQ(hash.finish().hex(), whole.hex()) << "cut at " << cut;
    }
    Sha256 byte_by_byte;
    for (const char c : message) byte_by_byte.update(BytesView(&c, 1)).update({});
    EXPECT_EQ(byte_by_byte.finish().hex(), whole.hex());
}

// The processor's instructions and plain C++ agree on blocks of every content.
TEST(Sha256, CompressesAsPlainCodeDoes) {
    std::array<unsigned char, 64 * 5> blocks{};
    Sha256State fast{1, 2, 3, 4, 5, 6, 7, 8}, plain = fast;
    for (std::uint32_t round = 0; round < 100; ++round) {
        for (std::size_t i = 0; i < blocks.size(); ++i)
            blocks[i] = static_cast<unsigned char>(blocks[i] * 31 + i + round + plain[i % 8]);
        sha256_blocks(fast, blocks.data(), 5);
        sha256_blocks_portable(plain, blocks.data(), 5);
        ASSERT_EQ(fast, plain) << "round " << round;
    }
}

}  // namespace
}  // namespace doorstep::test
