// Fields that come to one value by a rule: latest, max, min, count. Whatever is passed over can still be found.
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/core/support/folded.hpp"

namespace doorstep::test {
namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                       highest = std::numeric_limits<std::int64_t>::max();
const Dot a1 = dot(1, 1), a2 = dot(1, 2), b1 = dot(2, 1), b2 = dot(2, 2), c1 = dot(3, 1);

Write says(const Dot& at, Kind kind, const Value& value, std::vector<Dot> seen = {}, std::uint32_t depth = 0) {
    return {at, {put(70'001, kind, value, std::move(seen), depth)}};
}
Write says(const Dot& at, Kind kind, std::int64_t n, std::vector<Dot> seen = {}) {
    return says(at, kind, Value::integer(n), std::move(seen));
}

TEST(MergeLatest, ShowsOneAndMarksTheOthers) {
    struct Row {
        const char* name;
        std::vector<Write> writes;
        std::string shown;
        std::vector<std::string> overruled;
    };
    const auto say = [](const Dot& at, const char* words, std::vector<Dot> seen = {}, std::uint32_t depth = 0) {
        return says(at, Kind::latest, text(words), std::move(seen), depth);
    };
    const Row rows[] = {
        {"one", {say(a1, "noon")}, "noon", {}},
        {"two at once: the greater dot", {say(a1, "noon"), say(b1, "dusk")}, "dusk", {"noon"}},
        {"depth goes before dot", {say(a1, "noon"), say(a2, "dawn", {a1}, 1), say(b1, "dusk")}, "dawn", {"dusk"}},
        {"equal values are one", {say(a1, "noon"), say(b1, "noon")}, "noon", {}},
        {"what was seen is replaced, not overruled", {say(a1, "noon"), say(b1, "dusk", {a1}, 1)}, "dusk", {}},
        {"what was passed over stays so",
         {say(a1, "noon"), say(b1, "dusk"), say(c1, "dawn", {b1}, 1)},
         "dawn",
         {"noon"}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const RecordState state = folded_in_every_order(row.writes);
        EXPECT_EQ(words(alternatives(state.fields[0])), std::vector<std::string>{row.shown});
        EXPECT_EQ(words(overruled(state.fields[0])), row.overruled);
        EXPECT_EQ(count_conflicts(state), 0U);
    }
}

TEST(MergeMaxMin, CompareLiveValuesAsNumbers) {
    struct Row {
        const char* name;
        std::vector<Write> (*writes)(Kind);
        std::int64_t max, min;
        std::size_t overruled;
    };
    const Row rows[] = {
        {"one", [](Kind k) { return std::vector<Write>{says(a1, k, 5)}; }, 5, 5, 0},
        {"not by bytes",
         [](Kind k) {
             return std::vector<Write>{says(a1, k, -300), says(b1, k, 2)};
         },
         2, -300, 1},
        {"at the ends",
         [](Kind k) {
             return std::vector<Write>{says(a1, k, lowest), says(b1, k, highest)};
         },
         highest, lowest, 1},
        {"a typo is corrected",
         [](Kind k) {
             return std::vector<Write>{says(a1, k, 30), says(b1, k, 500), says(b2, k, 50, {b1})};
         },
         50, 30, 1},
        {"cleared counts only alone",
         [](Kind k) {
             return std::vector<Write>{says(a1, k, 7), says(b1, k, Value::cleared())};
         },
         7, 7, 1},
    };
    for (const Row& row : rows)
        for (const Kind kind : {Kind::max, Kind::min}) {
            SCOPED_TRACE(row.name);
            const RecordState state = folded_in_every_order(row.writes(kind));
            const auto shown = alternatives(state.fields[0]);
            ASSERT_EQ(shown.size(), 1U);
            EXPECT_EQ(shown[0].value.as_integer(), kind == Kind::max ? row.max : row.min);
            EXPECT_EQ(overruled(state.fields[0]).size(), row.overruled);
            EXPECT_EQ(count_conflicts(state), 0U);
        }
}

TEST(MergeMaxMin, EachTypeGoesByItsOwnOrder) {
    struct Row {
        const char* name;
        Value smaller, greater;
    };
    const Row rows[] = {{"numbers", Value::integer(-300), Value::integer(2)},
                        {"days", Value::date(-300), Value::date(2)},
                        {"points in time", Value::time(-300), Value::time(2)},
                        {"words, by their bytes", text("a"), text("b")},
                        {"different types, by their tags", text("9"), Value::integer(1)}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        for (const Kind kind : {Kind::max, Kind::min}) {
            const RecordState state = folded_in_every_order({says(a1, kind, row.smaller), says(b1, kind, row.greater)});
            const Value& shown = kind == Kind::max ? row.greater : row.smaller;
            EXPECT_EQ(alternatives(state.fields[0]).front().value, shown);
            EXPECT_EQ(overruled(state.fields[0]).front().value, kind == Kind::max ? row.smaller : row.greater);
        }
    }
}

TEST(MergeKinds, AFieldOfWhichNothingIsLeftShowsAndHidesNothing) {
    for (const Kind kind : {Kind::value, Kind::latest, Kind::max, Kind::min, Kind::count}) {
        SCOPED_TRACE(static_cast<int>(kind));
        FieldState erased;
        erased.kind = kind;
        EXPECT_TRUE(alternatives(erased).empty());
        EXPECT_TRUE(overruled(erased).empty());
        EXPECT_FALSE(in_conflict(erased));
    }
}

TEST(MergeCount, SumsLiveIncrements) {
    struct Row {
        const char* name;
        std::vector<Write> writes;
        std::int64_t total;
    };
    const auto add = [](const Dot& at, std::int64_t n, std::vector<Dot> seen = {}) {
        return says(at, Kind::count, n, std::move(seen));
    };
    const Row rows[] = {
        {"one", {add(a1, 3)}, 3},
        {"equal increments both count", {add(a1, 3), add(b1, 3), add(a2, 3)}, 9},
        {"a correction stands for what it saw", {add(a1, 30), add(b1, 2), add(a2, 3, {a1})}, 5},
        {"two corrections at once both count, and show", {add(a1, 30), add(b1, 3, {a1}), add(c1, 4, {a1})}, 7},
        {"a correction before what it corrects", {add(a2, 3, {a1}), add(a1, 30)}, 3},
        {"cut off above", {add(a1, highest), add(b1, highest)}, highest},
        {"cut off below", {add(a1, lowest), add(b1, -1)}, lowest},
        {"cut off only at the end", {add(a1, highest), add(b1, highest), add(c1, lowest), add(a2, lowest)}, -2},
        {"just inside", {add(a1, highest - 1), add(b1, 1)}, highest},
        {"just inside below", {add(a1, lowest + 1), add(b1, -1)}, lowest},
        {"what is no number adds nothing", {add(a1, 3), says(b1, Kind::count, text("many"))}, 3},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const RecordState state = folded_in_every_order(row.writes);
        const auto shown = alternatives(state.fields[0]);
        ASSERT_EQ(shown.size(), 1U);
        EXPECT_EQ(shown[0].value.as_integer(), row.total);
        EXPECT_EQ(shown[0].dots.size(), state.fields[0].live.size()) << "every increment is named";
        EXPECT_TRUE(overruled(state.fields[0]).empty());
        EXPECT_EQ(count_conflicts(state), 0U);
    }
}

}  // namespace
}  // namespace doorstep::test
