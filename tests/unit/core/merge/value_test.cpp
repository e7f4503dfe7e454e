// Fields that keep alternatives (value, once, state, kinds of a newer version): everything is kept, the same is shown
// everywhere.
#include <gtest/gtest.h>

#include "tests/unit/core/support/folded.hpp"

namespace doorstep::test {
namespace {

struct Row {
    const char* name;
    std::vector<Write> writes;
    std::vector<std::string> shown;  // the one shown first in front
    bool conflict;
};

std::vector<Row> rows_of(Kind kind) {
    const auto say = [kind](const char* words, std::vector<Dot> seen = {}, std::uint32_t depth = 0) {
        return std::vector<Op>{put(field::summary, kind, text(words), std::move(seen), depth)};
    };
    const Dot a1 = dot(1, 1), a2 = dot(1, 2), b1 = dot(2, 1), b2 = dot(2, 2), c1 = dot(3, 1);
    return {
        {"one write", {{a1, say("roof")}}, {"roof"}, false},
        {"two at once: the greater dot is shown", {{a1, say("roof")}, {b1, say("well")}}, {"well", "roof"}, true},
        {"depth goes before dot",
         {{a1, say("roof")}, {a2, say("roof, wall", {a1}, 1)}, {b1, say("well")}},
         {"roof, wall", "well"},
         true},
        {"three at once", {{a1, say("roof")}, {b1, say("well")}, {c1, say("road")}}, {"road", "well", "roof"}, true},
        {"equal values are no disagreement", {{a1, say("roof")}, {b1, say("roof")}}, {"roof"}, false},
        {"two say the same, one another",
         {{a1, say("roof")}, {b1, say("well")}, {c1, say("roof")}},
         {"roof", "well"},
         true},
        {"an edit that saw it replaces it", {{a1, say("roof")}, {b1, say("well", {a1}, 1)}}, {"well"}, false},
        {"an edit of the shown value leaves the other",
         {{a1, say("roof")}, {b1, say("well")}, {c1, say("new well", {b1}, 1)}},
         {"new well", "roof"},
         true},
        {"a decision replaces all that were seen",
         {{a1, say("roof")}, {b1, say("well")}, {c1, say("both", {a1, b1}, 1)}},
         {"both"},
         false},
        {"a write that the decision had not seen stays",
         {{a1, say("roof")}, {b1, say("well")}, {b2, say("road")}, {c1, say("both", {a1, b1}, 1)}},
         {"both", "road"},
         true},
        {"two decisions at once",
         {{a1, say("roof")}, {b1, say("well", {a1}, 1)}, {c1, say("road", {a1}, 1)}},
         {"road", "well"},
         true},
        {"two equal decisions at once settle it",
         {{a1, say("roof")}, {b1, say("well", {a1}, 1)}, {c1, say("well", {a1}, 1)}},
         {"well"},
         false},
        {"cleared competes like any value", {{a1, say("roof")}, {b1, say("", {}, 0)}}, {"", "roof"}, true},
        {"cleared by one who saw it", {{a1, say("roof")}, {a2, say("", {a1}, 1)}}, {""}, false},
        {"both cleared it", {{a1, say("")}, {b1, say("")}}, {""}, false},
        {"what supersedes arrives alone", {{a2, say("roof, wall", {a1}, 1)}}, {"roof, wall"}, false},
        {"superseding what never comes", {{a1, say("roof", {dot(9, 9)}, 1)}}, {"roof"}, false},
        {"a chain of three", {{a1, say("1")}, {b1, say("2", {a1}, 1)}, {c1, say("3", {b1}, 2)}}, {"3"}, false},
    };
}

TEST(MergeValue, KeepsEverythingAndShowsTheSameInEveryOrder) {
    for (const Kind kind : {Kind::value, Kind::once, Kind::state, static_cast<Kind>(9), static_cast<Kind>(15)}) {
        for (const Row& row : rows_of(kind)) {
            SCOPED_TRACE(std::string(row.name) + ", kind " + std::to_string(static_cast<int>(kind)));
            const RecordState state = folded_in_every_order(row.writes);
            ASSERT_EQ(state.fields.size(), 1U);
            const FieldState& field = state.fields.front();
            EXPECT_EQ(field.kind, kind);
            EXPECT_EQ(words(alternatives(field)), row.shown);
            EXPECT_EQ(in_conflict(field), row.conflict);
            EXPECT_EQ(count_conflicts(state), row.conflict ? 1U : 0U);
            EXPECT_TRUE(elements(field).empty()) << "not a set";
        }
    }
}

TEST(MergeValue, AnAlternativeNamesEveryWriteThatSaysSo) {
    const RecordState state =
        folded_in_every_order({{dot(3, 1), {put(field::summary, Kind::value, text("roof"), {dot(8, 8)}, 5)}},
                               {dot(1, 1), {put(field::summary, Kind::value, text("roof"))}},
                               {dot(2, 7), {put(field::summary, Kind::value, text("well"))}}});
    const auto shown = alternatives(*state.find(field::summary));
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0].dots, (std::vector<Dot>{dot(1, 1), dot(3, 1)}));
    EXPECT_EQ(shown[0].depth, 5U) << "the greatest among its writes";
    EXPECT_EQ(shown[1].dots, (std::vector<Dot>{dot(2, 7)}));
}

TEST(MergeValue, EachFieldOfEachKindStandsAlone) {
    const std::uint32_t unknown_field = 70'001;
    const RecordState state = folded_in_every_order(
        {{dot(1, 1), {put(field::address, Kind::value, text("A1")), put(field::summary, Kind::value, text("S1"))}},
         {dot(2, 1),
          {put(field::summary, Kind::value, text("S2")), put(unknown_field, static_cast<Kind>(12), text("U"))}},
         {dot(3, 1), {put(unknown_field, Kind::log, text("same number, another kind"))}}});
    ASSERT_EQ(state.fields.size(), 4U);
    EXPECT_EQ(words(alternatives(state.fields[0])), (std::vector<std::string>{"A1"}));
    EXPECT_EQ(words(alternatives(state.fields[1])), (std::vector<std::string>{"S2", "S1"}));
    EXPECT_EQ(words(alternatives(state.fields[3])), (std::vector<std::string>{"U"}));
    EXPECT_EQ(state.fields[2].kind, Kind::log);
    EXPECT_EQ(state.fields[2].live.size(), 1U);
    EXPECT_EQ(count_conflicts(state), 1U);
    EXPECT_EQ(state.find(12), nullptr);
}

TEST(MergeValue, WhereTwoTypesMeetTheSmallerNumberStays) {
    RecordState forwards, backwards;
    const RecordOps as_issue{record(1), issue, {put(1, Kind::value, text("a"))}};
    const RecordOps as_household{record(1), household, {put(1, Kind::value, text("b"))}};
    apply(forwards, as_issue, dot(1, 1));
    apply(forwards, as_household, dot(2, 1));
    apply(backwards, as_household, dot(2, 1));
    apply(backwards, as_issue, dot(1, 1));
    EXPECT_EQ(forwards.type, household);
    EXPECT_EQ(forwards.pack(), backwards.pack());
}

}  // namespace
}  // namespace doorstep::test
