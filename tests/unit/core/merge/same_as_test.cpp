// Records that are the same thing, looked at as one: every live write of each, and no more.
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/merge/same_as.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/folded.hpp"

namespace doorstep::test {
namespace {

const Dot a1 = dot(1, 1), b1 = dot(2, 1), c1 = dot(3, 1);

Op link(int record_n) { return put(reserved_field::same_as, Kind::set, Value::record(record(record_n))); }

TEST(SameAs, ALinkCountsWhenBothEndsHoldIt) {
    const RecordState to_2 = folded({{a1, {link(2)}}}), to_1 = folded({{a1, {link(1)}}}), none = folded({});
    EXPECT_TRUE(linked(record(1), to_2, record(2), to_1));
    EXPECT_TRUE(linked(record(2), to_1, record(1), to_2));
    EXPECT_FALSE(linked(record(1), to_2, record(2), none));
    EXPECT_FALSE(linked(record(1), to_2, record(3), to_1));
    EXPECT_FALSE(linked(record(1), to_1, record(1), to_1)) << "to itself";
    RecordState other_type = to_1;
    other_type.type = issue;
    EXPECT_FALSE(linked(record(1), to_2, record(2), other_type));
}

TEST(SameAs, WhatNamesNoRecordLinksNothing) {
    const Op words = put(reserved_field::same_as, Kind::set, text("户主"));
    EXPECT_EQ(links(folded({{a1, {words}}, {b1, {link(2)}}})), (std::vector<RecordId>{record(2)}));
    EXPECT_TRUE(links(folded({{a1, {words}}})).empty());
}

TEST(SameAs, MoreLinksThanTheLimitCountAsNone) {
    std::vector<Write> writes;
    for (std::size_t i = 1; i <= limits::same_as_max; ++i) writes.push_back({dot(1, i), {link(static_cast<int>(i))}});
    EXPECT_EQ(links(folded(writes)).size(), limits::same_as_max);
    writes.push_back({b1, {link(200)}});
    EXPECT_TRUE(links(folded(writes)).empty());
}

TEST(SameAs, JoinsFieldByField) {
    const auto say = [](const char* words) { return put(field::summary, Kind::value, text(words)); };
    const RecordState first = folded({{a1, {put(field::needs, Kind::set, text("bed")), say("roof")}}});
    const RecordState second = folded({{b1, {put(field::needs, Kind::set, text("bed")), say("well")}},
                                       {c1, {put(field::notes, Kind::log, text("seen"))}}});
    const RecordState joined = join({&first, &second});
    EXPECT_EQ(words(alternatives(*joined.find(field::summary))), (std::vector<std::string>{"well", "roof"}));
    EXPECT_TRUE(in_conflict(*joined.find(field::summary)));
    ASSERT_EQ(elements(*joined.find(field::needs)).size(), 1U);
    EXPECT_EQ(elements(*joined.find(field::needs))[0].dots, (std::vector<Dot>{a1, b1}));
    EXPECT_EQ(joined.find(field::notes)->live.size(), 1U);
    EXPECT_EQ(join({&second, &first}).pack(), joined.pack()) << "whichever comes first";
}

TEST(SameAs, WhatOneCommitWroteToBothIsOneThingSaidUnlessItCounts) {
    const auto of = [](Kind kind) {
        const RecordState one = folded({{a1, {put(70'001, kind, Value::integer(2))}}});
        return join({&one, &one});
    };
    EXPECT_EQ(of(Kind::value).fields[0].live.size(), 1U);
    EXPECT_EQ(alternatives(of(Kind::count).fields[0])[0].value.as_integer(), 4);
}

TEST(SameAs, ASupersededDotHoldsForItsOwnRecordAlone) {
    const RecordState first = folded({{a1, {put(field::summary, Kind::value, text("roof"))}},
                                      {b1, {put(field::summary, Kind::value, text("roof, wall"), {a1})}}});
    const RecordState second = folded({{a1, {put(field::summary, Kind::value, text("well"))}}});
    EXPECT_EQ(alternatives(*join({&first, &second}).find(field::summary)).size(), 2U);
}

}  // namespace
}  // namespace doorstep::test
