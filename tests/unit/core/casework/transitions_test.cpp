#include "core/casework/transitions.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/core/support/make.hpp"

namespace doorstep::casework {
namespace {

using test::outcome;

TEST(Transitions, EightStepsInTheOrderOfTheField) {
    std::string stage;
    for (const char* step : {"register", "dispatch", "accept", "notify", "handle", "reply", "upload", "revisit"}) {
        SCOPED_TRACE(step);
        const auto row = judge(test::issue, stage, step);
        ASSERT_TRUE(test::succeeds(row));
        stage = row.value()->to;
        EXPECT_FALSE(row.value()->rule.empty()) << "each step names what orders or allows it";
    }
    EXPECT_EQ(stage, "revisited");
}

TEST(Transitions, WhatTheTableDoesNotHaveIsRefused) {
    struct Row {
        const char* name;
        std::uint32_t type;
        const char *stage, *step;
    };
    const Row rows[] = {{"a step that was left out", test::issue, "registered", "reply"},
                        {"a step back that is no objection", test::issue, "replied", "accept"},
                        {"an unknown step", test::issue, "registered", "forget"},
                        {"an unknown stage", test::issue, "nowhere", "accept"},
                        {"a record without stages", test::household, "", "register"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(outcome(judge(row.type, row.stage, row.step)), "transition_refused");
    }
}

// 条例 art. 23 (in force 2022-05-01): who holds a matter not to be his objects within five working days and hands it
// back.
TEST(Transitions, ADispatchedMatterCanBeHandedBack) {
    EXPECT_EQ(judge(test::issue, "dispatched", "return").value()->to, "registered");
}

TEST(Transitions, NoRowStandsTwiceAndEachStageCanBeReached) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    std::set<std::string_view> reached{""};
    for (const Transition& row : transitions()) {
        EXPECT_TRUE(seen.insert({row.from, row.name}).second) << row.from << " " << row.name;
        reached.insert(row.to);
    }
    for (const Transition& row : transitions()) EXPECT_EQ(reached.count(row.from), 1U) << row.from;
}

}  // namespace
}  // namespace doorstep::casework
