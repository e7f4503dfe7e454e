// The list of divisions: what exists, what it is called, and what one phone gets of it.
#include "core/model/divisions.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

constexpr std::string_view csv =
    "code,level,name,parent\n"
    "341222102201,village,马庙村委会,341222102000\n"
    "341222000000,county,太和县,341200000000\n"
    "341222101202,village,八里村委会,341222101000\n"
    "\n"
    "341222101000,town,旧县镇,341222000000\n"
    "341222102000,town,税镇镇,341222000000";

TEST(Divisions, KnowWhatExists) {
    const Divisions divisions = must(Divisions::parse_csv(csv));
    EXPECT_EQ(divisions.rows().size(), 5U);
    for (const std::string_view code : {county, town, village, other_town, far_village})
        EXPECT_TRUE(divisions.exists(area(code).division)) << code;
    for (const std::string_view code : {"341222101203", "341222101201", "000000000000", "999999999999"})
        EXPECT_FALSE(divisions.exists(area(code).division)) << code;
    EXPECT_FALSE(Divisions().exists(0));
}

TEST(Divisions, NameAPlaceByTownshipAndVillage) {
    const Divisions divisions = must(Divisions::parse_csv(csv));
    struct Row {
        const char *code, *name;
    };
    const Row rows[] = {{"341222101202", "旧县镇八里村委会"}, {"341222101202-03", "旧县镇八里村委会 3 网格"},
                        {"341222101000", "旧县镇"},           {"341222000000", "太和县"},
                        {"341222101999", "341222101999"},     {"341222101999-02", "341222101999-02"}};
    for (const Row& row : rows) EXPECT_EQ(divisions.place_name(area(row.code)), row.name) << row.code;
}

TEST(Divisions, OfAPhoneAreThoseInsideItsAreasAndAboveThem) {
    const Divisions all = must(Divisions::parse_csv(csv));
    const auto codes = [&](const std::vector<Area>& areas) {
        std::vector<std::uint64_t> out;
        const Divisions within = all.within(areas);
        for (const Division& row : within.rows()) out.push_back(row.code);
        return out;
    };
    const std::uint64_t c = area(county).division, t = area(town).division, v = area(village).division,
                        ot = area(other_town).division, fv = area(far_village).division;
    EXPECT_EQ(codes({area(village)}), (std::vector<std::uint64_t>{c, t, v}));
    EXPECT_EQ(codes({area("341222101202-03")}), (std::vector<std::uint64_t>{c, t, v}));
    EXPECT_EQ(codes({area(town)}), (std::vector<std::uint64_t>{c, t, v}));
    EXPECT_EQ(codes({area(county)}), (std::vector<std::uint64_t>{c, t, v, ot, fv}));
    EXPECT_EQ(codes({area(village), area(far_village)}), (std::vector<std::uint64_t>{c, t, v, ot, fv}));
    EXPECT_EQ(codes({}), std::vector<std::uint64_t>());
}

TEST(Divisions, RefuseALineThatIsNone) {
    for (const char* line : {"34122210120,village,x,341222101000", "341222101202", "341222101202,village",
                             "341222101202,village,,341222101000", "x", "341222101202-03,grid,x,y"}) {
        SCOPED_TRACE(line);
        const auto parsed =
            Divisions::parse_csv("code,level,name,parent\n341222000000,county,太和县,0\n" + std::string(line));
        EXPECT_EQ(outcome(parsed), "invalid_argument");
        if (!parsed) {
            EXPECT_NE(parsed.error().detail.find("line 3"), std::string::npos) << parsed.error().detail;
        }
    }
    EXPECT_TRUE(must(Divisions::parse_csv("code,level,name,parent\n")).rows().empty());
    EXPECT_TRUE(must(Divisions::parse_csv("")).rows().empty());
}

}  // namespace
}  // namespace doorstep::test
