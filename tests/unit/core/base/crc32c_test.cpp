// CRC-32C against RFC 3720 appendix B.4, whose bytes stand there in wire order: the CRC's least significant byte first.
#include "core/base/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/core/support/outcome.hpp"

namespace doorstep::test {
namespace {

std::string counting(int first, int step) {
    std::string out;
    for (int i = 0; i < 32; ++i) out.push_back(static_cast<char>(first + i * step));
    return out;
}

TEST(Crc32c, AgreesWithRfc3720AppendixB4) {
    struct Row {
        const char* name;
        std::string bytes;
        std::uint32_t crc;
    };
    const Row rows[] = {
        {"32 bytes of zeros", std::string(32, '\0'), 0x8a9136aaU},   // aa 36 91 8a
        {"32 bytes of ones", std::string(32, '\xff'), 0x62a8ab43U},  // 43 ab a8 62
        {"32 bytes counting up", counting(0, 1), 0x46dd794eU},       // 4e 79 dd 46
        {"32 bytes counting down", counting(31, -1), 0x113fdb5cU},   // 5c db 3f 11
        {"an iSCSI SCSI Read (10) command PDU",
         must(from_hex("01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
                       "0200000000000000")),
         0xd9963a56U},  // 56 3a 96 d9
        {"the check value of the CRC catalogue", "123456789", 0xe3069283U},
        {"nothing", "", 0U},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(crc32c(row.bytes), row.crc);
        EXPECT_EQ(crc32c_portable(row.bytes), row.crc);
    }
}

TEST(Crc32c, TellsEveryFlippedBit) {
    const std::string bytes = counting(3, 5);
    const std::uint32_t crc = crc32c(bytes);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_NE(crc32c(flipped), crc) << "bit " << bit;
    }
}

}  // namespace
}  // namespace doorstep::test
