// Content codings: what goes in comes out, what a hostile peer sends does not come in, and headers are read as RFC 9110
// says.
#include "compression/content_coding.hpp"

#include <gtest/gtest.h>

namespace doorstep::compression {
namespace {

constexpr Coding codings[] = {Coding::gzip, Coding::zstd};
constexpr std::size_t enough = 16 * 1024 * 1024;

std::string some_text(std::size_t bytes) {
    std::string out;
    for (std::size_t n = 0; out.size() < bytes; ++n)
        out += "第" + std::to_string(n * n % 997) + "户反映自来水水压不足。";
    out.resize(bytes);
    return out;
}

TEST(ContentCoding, ReturnsWhatWasCompressed) {
    for (const Coding coding : codings)
        for (const std::size_t bytes : {100UL, 512UL, 65'535UL, 65'536UL, 65'537UL, 3'000'000UL}) {
            SCOPED_TRACE(std::string(token_of(coding)) + " " + std::to_string(bytes));
            const std::string text = some_text(bytes);
            const auto packed = compress(coding, text);
            ASSERT_TRUE(packed);
            EXPECT_LT(packed->size(), text.size());
            const Opened opened = decompress(coding, *packed, bytes);
            EXPECT_EQ(opened.outcome, Opening::done);
            EXPECT_EQ(opened.bytes, text);
        }
}

TEST(ContentCoding, LeavesAloneWhatDoesNotGetShorter) {
    for (const Coding coding : codings) {
        EXPECT_FALSE(compress(coding, ""));
        EXPECT_FALSE(compress(coding, "ab"));
    }
    EXPECT_FALSE(compress(Coding::identity, some_text(1000)));
}

TEST(ContentCoding, StopsAtTheLimit) {
    for (const Coding coding : codings) {
        const std::string bomb(20'000'000, 'x');
        const auto packed = compress(coding, bomb);
        ASSERT_TRUE(packed);
        const Opened opened = decompress(coding, *packed, 1'000'000);
        EXPECT_EQ(opened.outcome, Opening::too_large);
        EXPECT_EQ(opened.bytes, "");
        for (const std::size_t short_by : {1UL, 2UL, 65'536UL})
            EXPECT_EQ(decompress(coding, *compress(coding, some_text(200'000)), 200'000 - short_by).outcome,
                      Opening::too_large);
    }
    EXPECT_EQ(decompress(Coding::identity, "four", 3).outcome, Opening::too_large);
}

TEST(ContentCoding, RefusesEveryCutEveryFlippedBitAndTrailingBytes) {
    const std::string text = some_text(4000);
    for (const Coding coding : codings) {
        SCOPED_TRACE(token_of(coding));
        const std::string packed = *compress(coding, text);
        for (std::size_t cut = 0; cut < packed.size(); ++cut)
            EXPECT_EQ(decompress(coding, std::string_view(packed).substr(0, cut), enough).outcome, Opening::damaged)
                << cut;
        EXPECT_EQ(decompress(coding, packed + "x", enough).outcome, Opening::damaged);
        EXPECT_EQ(decompress(coding, packed + packed, enough).outcome, Opening::damaged);
        EXPECT_EQ(decompress(coding, text, enough).outcome, Opening::damaged);
    }
    // gzip carries a CRC of what comes out; a flipped bit of its header's unused bytes may change nothing.
    const std::string packed = *compress(Coding::gzip, text);
    for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
        std::string flipped = packed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        const Opened opened = decompress(Coding::gzip, flipped, enough);
        EXPECT_TRUE(opened.outcome != Opening::done || opened.bytes == text) << bit;
    }
}

TEST(ContentCoding, RefusesAWindowThatNobodyNeeds) {
    // A frame's header that asks for 2 GiB: magic, descriptor (no single segment), window descriptor 20 << 3.
    const std::string asks("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);
    EXPECT_EQ(decompress(Coding::zstd, asks, enough).outcome, Opening::damaged);
}

TEST(ContentCoding, ReadsHeaders) {
    struct Row {
        std::string_view header;
        Coding best;
    };
    for (const Row& row :
         {Row{"", Coding::identity}, Row{"gzip", Coding::gzip}, Row{"zstd, gzip", Coding::zstd},
          Row{"gzip, zstd", Coding::zstd}, Row{"GZIP , Zstd;Q=0.1", Coding::zstd},
          Row{"gzip;q=1.0, zstd;q=0", Coding::gzip}, Row{"zstd;q=0.000,gzip;q=0.001", Coding::gzip},
          Row{"deflate, br", Coding::identity}, Row{"*", Coding::zstd}, Row{"*;q=0", Coding::identity},
          Row{"zstd;q=0, *", Coding::gzip}, Row{"x-gzip", Coding::gzip}, Row{",,;, gzip", Coding::gzip},
          Row{"gzip;level=9", Coding::identity}, Row{"gzipped", Coding::identity}})
        EXPECT_EQ(best_of(row.header), row.best) << row.header;
    EXPECT_EQ(coding_of(""), Coding::identity);
    EXPECT_EQ(coding_of(" identity "), Coding::identity);
    EXPECT_EQ(coding_of("Gzip"), Coding::gzip);
    EXPECT_EQ(coding_of("zstd"), Coding::zstd);
    for (const std::string_view other : {"br", "gzip, zstd", "gzip;q=1", "gzi", "deflate"})
        EXPECT_FALSE(coding_of(other)) << other;
}

}  // namespace
}  // namespace doorstep::compression
