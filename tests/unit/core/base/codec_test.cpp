// The primitive encodings: one form for each number, and no trust in a length.
#include "core/base/codec.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "tests/unit/core/support/outcome.hpp"

namespace doorstep::test {
namespace {

constexpr std::uint64_t u64_max = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t i64_max = std::numeric_limits<std::int64_t>::max(),
                       i64_min = std::numeric_limits<std::int64_t>::min();

Bytes bytes(std::string_view hex) { return must(from_hex(hex)); }

Bytes varint(std::uint64_t v) {
    Bytes out;
    Writer(out).varint(v);
    return out;
}

TEST(Codec, VarintsHaveTheirPublishedForm) {
    struct Row {
        std::uint64_t v;
        const char* hex;
    };
    const Row rows[] = {{0, "00"},
                        {1, "01"},
                        {127, "7f"},
                        {128, "8001"},
                        {300, "ac02"},
                        {16'383, "ff7f"},
                        {16'384, "808001"},
                        {0xffff'ffff, "ffffffff0f"},
                        {u64_max / 2, "ffffffffffffffff7f"},
                        {u64_max / 2 + 1, "80808080808080808001"},
                        {u64_max, "ffffffffffffffffff01"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.hex);
        EXPECT_EQ(to_hex(varint(row.v)), row.hex);
        const Bytes encoded = varint(row.v);
        Reader in(encoded);
        EXPECT_EQ(in.varint(), row.v);
        EXPECT_TRUE(succeeds(in.finish("it")));
    }
}

TEST(Codec, RefusesVarintsThatAreNotTheShortestFormOrDoNotFit) {
    for (const char* hex :
         {"8000", "ff00", "808000", "80808080808080808000", "80808080808080808002", "ffffffffffffffffff02",
          "ffffffffffffffffff81", "8080808080808080808001", "ffffffffffffffffffff", "", "80", "ffffffffffffffffff"}) {
        SCOPED_TRACE(hex);
        const Bytes encoded = bytes(hex);
        Reader in(encoded);
        EXPECT_EQ(in.varint(), 0U);
        EXPECT_TRUE(in.failed());
        EXPECT_EQ(outcome(in.finish("it")), "malformed");
    }
}

TEST(Codec, Varint32EndsAt32Bits) {
    const Bytes last = varint(0xffff'ffff), beyond = varint(0x1'0000'0000);
    Reader fits(last), too_large(beyond);
    EXPECT_EQ(fits.varint32(), 0xffff'ffffU);
    EXPECT_FALSE(fits.failed());
    EXPECT_EQ(too_large.varint32(), 0U);
    EXPECT_TRUE(too_large.failed());
}

TEST(Codec, ZigzagKeepsSignAndEdges) {
    struct Row {
        std::int64_t v;
        std::uint64_t as_varint;
    };
    const Row rows[] = {
        {0, 0}, {-1, 1}, {1, 2}, {-2, 3}, {63, 126}, {-64, 127}, {64, 128}, {i64_max, u64_max - 1}, {i64_min, u64_max}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.v);
        Bytes encoded;
        Writer(encoded).zigzag(row.v);
        EXPECT_EQ(encoded, varint(row.as_varint));
        Reader in(encoded);
        EXPECT_EQ(in.zigzag(), row.v);
        EXPECT_TRUE(succeeds(in.finish("it")));
    }
}

TEST(Codec, FixedIntegersAreBigEndian) {
    Bytes out;
    Writer writer(out);
    writer.u8(0xfe);
    writer.u32(0x01020304);
    writer.u64(0x1122334455667788);
    EXPECT_EQ(to_hex(out), "fe010203041122334455667788");
    Reader in(out);
    EXPECT_EQ(in.u8(), 0xfe);
    EXPECT_EQ(in.u32(), 0x01020304U);
    EXPECT_EQ(in.u64(), 0x1122334455667788U);
    EXPECT_TRUE(succeeds(in.finish("it")));
}

TEST(Codec, SizedBytesStopAtTheirLimit) {
    const std::string word = "summary";
    Bytes out;
    Writer(out).sized(word);
    for (const std::size_t size_max : {word.size() - 1, word.size(), word.size() + 1}) {
        SCOPED_TRACE(size_max);
        Reader in(out);
        const BytesView read = in.sized(size_max);
        EXPECT_EQ(in.failed(), size_max < word.size());
        EXPECT_EQ(read, in.failed() ? "" : word);
    }
}

TEST(Codec, ALengthBeyondTheInputIsRefusedWithoutAllocating) {
    for (const std::uint64_t size : {std::uint64_t{4}, std::uint64_t{1} << 32, u64_max}) {
        SCOPED_TRACE(size);
        Bytes out = varint(size);
        out += "abc";
        Reader in(out);
        EXPECT_TRUE(in.sized(std::numeric_limits<std::size_t>::max()).empty());
        EXPECT_TRUE(in.failed());
    }
}

TEST(Codec, ACountThatCannotFitInTheRestIsRefused) {
    struct Row {
        const char* name;
        std::uint64_t count;
        std::size_t count_max, item_bytes_min, rest;
        bool fits;
    };
    constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();
    const Row rows[] = {{"none", 0, 0, 5, 0, true},
                        {"just fits", 2, 2, 5, 10, true},
                        {"one byte short", 2, 2, 5, 9, false},
                        {"limit", 3, 3, 1, 100, true},
                        {"over the limit", 4, 3, 1, 100, false},
                        {"product overflows to 0", std::uint64_t{1} << 63, unbounded, 2, 10, false},
                        {"product overflows to 4", (std::uint64_t{1} << 62) + 1, unbounded, 4, 10, false},
                        {"the greatest", u64_max, unbounded, 5, 10, false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Bytes encoded = varint(row.count) + std::string(row.rest, 'x');
        Reader in(encoded);
        EXPECT_EQ(in.count(row.count_max, row.item_bytes_min), row.fits ? row.count : 0);
        EXPECT_EQ(in.failed(), !row.fits);
    }
}

TEST(Codec, TheFirstBadReadMakesEveryLaterOneZeroOrEmpty) {
    const Bytes encoded =
        "\x05"
        "abcdefgh";
    Reader in(encoded);
    EXPECT_EQ(in.raw(100), "");
    EXPECT_EQ(in.u8(), 0);
    EXPECT_EQ(in.u32(), 0U);
    EXPECT_EQ(in.u64(), 0U);
    EXPECT_EQ(in.varint(), 0U);
    EXPECT_EQ(in.varint32(), 0U);
    EXPECT_EQ(in.zigzag(), 0);
    EXPECT_EQ(in.sized(10), "");
    EXPECT_EQ(in.count(10, 1), 0U);
    EXPECT_TRUE(in.fixed<RecordId>().is_zero());
    EXPECT_TRUE(in.at_end());
    EXPECT_EQ(outcome(in.finish("it")), "malformed");
}

TEST(Codec, FinishRefusesWhatIsLeftOver) {
    const Bytes encoded = "ab";
    Reader in(encoded);
    in.u8();
    EXPECT_EQ(outcome(in.finish("it")), "malformed");
    EXPECT_EQ(in.rest(), "b");
    in.u8();
    EXPECT_TRUE(succeeds(in.finish("it")));
}

}  // namespace
}  // namespace doorstep::test
