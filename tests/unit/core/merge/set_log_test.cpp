// Sets: add wins, a remove removes only what it saw. Logs: nothing is ever taken away.
#include <gtest/gtest.h>

#include "tests/unit/core/support/folded.hpp"

namespace doorstep::test {
namespace {

const Dot a1 = dot(1, 1), a2 = dot(1, 2), b1 = dot(2, 1), b2 = dot(2, 2), c1 = dot(3, 1);

Op add(const char* element, std::vector<Dot> seen = {}) {
    return put(field::needs, Kind::set, text(element), std::move(seen));
}
Op take(const char* element, std::vector<Dot> seen) { return remove(field::needs, text(element), std::move(seen)); }

TEST(MergeSet, AddWinsAndARemoveRemovesOnlyWhatItSaw) {
    struct Row {
        const char* name;
        std::vector<Write> writes;
        std::vector<std::string> elements;
    };
    const Row rows[] = {
        {"two adds at once", {{a1, {add("bed")}}, {b1, {add("rice")}}}, {"bed", "rice"}},
        {"the same element twice is there once", {{a1, {add("bed")}}, {b1, {add("bed")}}}, {"bed"}},
        {"removed by one who saw it", {{a1, {add("bed")}}, {b1, {take("bed", {a1})}}}, {}},
        {"an add at the same time wins", {{a1, {add("bed")}}, {b1, {take("bed", {a1})}}, {c1, {add("bed")}}}, {"bed"}},
        {"removed with every add seen", {{a1, {add("bed")}}, {c1, {add("bed")}}, {b1, {take("bed", {a1, c1})}}}, {}},
        {"added again after its removal", {{a1, {add("bed")}}, {b1, {take("bed", {a1})}}, {a2, {add("bed")}}}, {"bed"}},
        {"two removals at once", {{a1, {add("bed")}}, {b1, {take("bed", {a1})}}, {c1, {take("bed", {a1})}}}, {}},
        {"one commit adds two, one is removed", {{a1, {add("bed"), add("rice")}}, {b1, {take("bed", {a1})}}}, {"rice"}},
        {"one commit adds one and removes another",
         {{a1, {add("bed")}}, {b1, {take("bed", {a1})}}, {b2, {add("bed"), take("rice", {c1})}}, {c1, {add("rice")}}},
         {"bed"}},
        {"a removal before the add arrives", {{b1, {take("bed", {a1})}}, {a1, {add("bed"), add("rice")}}}, {"rice"}},
        {"a renewed add replaces the old one",
         {{a1, {add("bed")}}, {b1, {add("bed", {a1})}}, {c1, {take("bed", {a1})}}},
         {"bed"}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const RecordState state = folded_in_every_order(row.writes);
        const FieldState& needs = *state.find(field::needs);
        EXPECT_EQ(words(elements(needs)), row.elements);
        EXPECT_FALSE(in_conflict(needs));
        EXPECT_TRUE(alternatives(needs).empty()) << "a set has elements";
    }
}

TEST(MergeSet, AnElementNamesEveryWriteThatAddedIt) {
    const RecordState state = folded_in_every_order({{c1, {add("bed")}}, {a1, {add("bed")}}, {b1, {add("rice")}}});
    const auto found = elements(*state.find(field::needs));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].dots, (std::vector<Dot>{a1, c1}));
    EXPECT_EQ(found[1].dots, (std::vector<Dot>{b1}));
}

TEST(MergeLog, KeepsEveryLineInTheOrderItWasWritten) {
    const auto line = [](const char* words) { return put(field::notes, Kind::log, text(words)); };
    const RecordState state =
        folded_in_every_order({{b1, {line("z"), line("a"), line("z")}}, {a1, {line("a")}}, {a2, {line("a")}}});
    const FieldState& notes = *state.find(field::notes);
    std::vector<std::string> lines;
    for (const Live& live : notes.live) lines.emplace_back(live.value.as_text());
    EXPECT_EQ(lines, (std::vector<std::string>{"a", "a", "z", "a", "z"})) << "equal lines of two commits are two lines";
    EXPECT_EQ(notes.live[2].rank, 0U);
    EXPECT_EQ(notes.live[4].rank, 2U);
    EXPECT_FALSE(in_conflict(notes));
    EXPECT_TRUE(alternatives(notes).empty());
    EXPECT_TRUE(elements(notes).empty());
}

TEST(MergeLog, LinesOfTwoFieldsAreCountedApart) {
    const RecordState state =
        folded_in_every_order({{a1,
                                {put(field::notes, Kind::log, text("1")), put(field::notes, Kind::log, text("2")),
                                 put(70'001, Kind::log, text("x"))}}});
    ASSERT_EQ(state.fields.size(), 2U);
    EXPECT_EQ(state.fields[1].live[0].rank, 0U);
}

}  // namespace
}  // namespace doorstep::test
