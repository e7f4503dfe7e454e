// Dates as people promise them: real days of the Gregorian calendar only.
#include "core/base/civil_date.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/support/outcome.hpp"

namespace doorstep::test {
namespace {

TEST(CivilDate, ParsesToDaysSince1970) {
    struct Row {
        const char* iso;
        std::int64_t days;
    };
    const Row rows[] = {{"1900-01-01", -25'567}, {"1969-12-31", -1},     {"1970-01-01", 0},     {"2000-02-29", 11'016},
                        {"2026-11-21", 20'778},  {"2100-03-01", 47'541}, {"2199-12-31", 84'005}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.iso);
        EXPECT_EQ(must(parse_date(row.iso)), row.days);
        EXPECT_EQ(format_date(row.days), row.iso);
    }
}

TEST(CivilDate, RefusesDaysThatDoNotExistAndOtherForms) {
    for (const char* iso :
         {"1899-12-31", "2200-01-01", "0000-01-01", "2026-00-10",  "2026-13-10", "2026-01-00", "2026-01-32",
          "2026-02-30", "2026-04-31", "2026-06-31", "2026-09-31",  "2026-11-31", "2023-02-29", "1900-02-29",
          "2100-02-29", "",           "2026-11-2",  "2026-11-210", "26-11-21",   "2026/11/21", "2026-11/21",
          "20261121",   "2026-1-021", "+026-11-21", "2026-11-2a",  "2026-11- 1", "-026-11-21", "二〇二六"}) {
        SCOPED_TRACE(iso);
        EXPECT_EQ(outcome(parse_date(iso)), "invalid_argument");
    }
}

TEST(CivilDate, EveryDayFollowsTheOneBeforeAndComesBack) {
    const std::int64_t first = must(parse_date("1900-01-01")), last = must(parse_date("2199-12-31"));
    std::string before = "1899-12-31";
    for (std::int64_t day = first; day <= last; ++day) {
        const std::string iso = format_date(day);
        ASSERT_LT(before, iso);
        ASSERT_EQ(must(parse_date(iso)), day) << iso;
        before = iso;
    }
}

TEST(CivilDate, FormatsTheYears0To9999) {
    EXPECT_EQ(format_date(-719'162), "0001-01-01");
    EXPECT_EQ(format_date(-719'528), "0000-01-01");
    EXPECT_EQ(format_date(2'932'896), "9999-12-31");
}

}  // namespace
}  // namespace doorstep::test
