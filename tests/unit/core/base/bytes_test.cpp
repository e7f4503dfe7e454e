// Hexadecimal and fixed-size identifiers.
#include "core/base/bytes.hpp"

#include <gtest/gtest.h>

#include "core/base/id.hpp"
#include "tests/unit/core/support/outcome.hpp"

namespace doorstep::test {
namespace {

TEST(Hex, GoesThereAndBackForEveryByte) {
    Bytes all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
    EXPECT_EQ(must(from_hex(to_hex(all))), all);
    EXPECT_EQ(to_hex("\x0f\xa0"), "0fa0");
    EXPECT_EQ(must(from_hex("0FA0")), "\x0f\xa0");
    EXPECT_EQ(must(from_hex("")), "");
}

TEST(Hex, RefusesWhatIsNotHexadecimal) {
    for (const char* hex : {"0", "000", "0g", "g0", " 0", "0x", "0/", "0:", "0@", "0`", "-1", "１２"}) {
        SCOPED_TRACE(hex);
        EXPECT_EQ(outcome(from_hex(hex)), "invalid_argument");
    }
}

TEST(Id, HasExactlyItsLength) {
    EXPECT_EQ(outcome(RecordId::from(std::string(15, 'a'))), "malformed");
    EXPECT_EQ(outcome(RecordId::from(std::string(16, 'a'))), "ok");
    EXPECT_EQ(outcome(RecordId::from(std::string(17, 'a'))), "malformed");
    EXPECT_EQ(outcome(RecordId::from_hex(std::string(30, 'a'))), "invalid_argument");
    EXPECT_EQ(outcome(RecordId::from_hex(std::string(32, 'a'))), "ok");
    EXPECT_EQ(outcome(RecordId::from_hex(std::string(34, 'a'))), "invalid_argument");
    EXPECT_EQ(outcome(RecordId::from_hex(std::string(32, 'g'))), "invalid_argument");
}

TEST(Id, IsOrderedAsUnsignedBytes) {
    const RecordId low = must(RecordId::from_hex("7f" + std::string(30, 'f')));
    const RecordId high = must(RecordId::from_hex("80" + std::string(30, '0')));
    EXPECT_TRUE(low < high);
    EXPECT_FALSE(high < low);
    EXPECT_FALSE(low < low);
    EXPECT_TRUE(RecordId{}.is_zero());
    EXPECT_FALSE(low.is_zero());
}

}  // namespace
}  // namespace doorstep::test
