// Two people, one household, no network: both sentences stay until somebody who saw both decides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// Li and Wang share a village and know one household; each changed its summary offline; everything was pushed.
class Conflict : public testing::Test {
protected:
    Conflict() {
        household_id = save(world, li, new_household(village, "一户三人"));
        must(world.sync_all());
        save(world, li, set_text(household_id, field::summary, "屋顶漏雨"));
        save(world, wang, set_text(household_id, field::summary, "老人住院"));
        must(world.sync_all());
    }
    std::vector<std::string> office(std::uint32_t field) {
        return texts(office_view(world.hub(), household_id), field);
    }
    std::vector<std::string> on(Handset& handset, std::uint32_t field) {
        return texts(must(handset->read(household_id)), field);
    }
    Status decide(const std::string& words, std::vector<Dot> seen) {
        return world.hub().resolve({household_id, field::summary, text(words), std::move(seen)}, "office",
                                   world.now_ms());
    }
    std::vector<Dot> office_dots() { return all_dots(office_view(world.hub(), household_id), field::summary); }
    void expect_settled(const std::string& words) {
        must(world.sync_all());
        EXPECT_THAT(office(field::summary), ElementsAre(words));
        for (Handset* handset : {&li, &wang}) {
            EXPECT_THAT(on(*handset, field::summary), ElementsAre(words));
            EXPECT_THAT(must((*handset)->conflicts(10)), IsEmpty());
            EXPECT_THAT(history_texts(must((*handset)->history(household_id))),
                        testing::IsSupersetOf({"一户三人", "屋顶漏雨", "老人住院", words.c_str()}));
            EXPECT_EQ(must((*handset)->verify()).state, must(world.hub().verify()).state);
            EXPECT_EQ(disagreement(world.hub(), *handset), "");
        }
        EXPECT_THAT(must(world.hub().conflicts(10)), IsEmpty());
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId household_id;
};

TEST_F(Conflict, BothValuesAreShownEverywhereTheSameFirst) {
    EXPECT_EQ(must(world.hub().conflicts(10)).size(), 1U);
    const auto shown = office(field::summary);
    EXPECT_THAT(shown, UnorderedElementsAre("屋顶漏雨", "老人住院"));
    for (Handset* handset : {&li, &wang}) {
        EXPECT_EQ(on(*handset, field::summary), shown);
        const auto conflicts = must((*handset)->conflicts(10));
        ASSERT_EQ(conflicts.size(), 1U);
        EXPECT_EQ(conflicts[0].record, household_id);
        EXPECT_EQ(conflicts[0].conflicts, 1U);
        EXPECT_TRUE(conflicts[0].field(field::summary)->conflict);
    }
    EXPECT_EQ(must(li->verify()).state, must(world.hub().verify()).state);
    EXPECT_EQ(must(wang->verify()).state, must(world.hub().verify()).state);
}

TEST_F(Conflict, EveryValueTracesToAuthorTimeAndDevice) {
    const RecordView view = office_view(world.hub(), household_id);
    for (const ValueView& value : view.field(field::summary)->values) {
        ASSERT_EQ(value.traces.size(), 1U);
        const bool of_li = value.value == text("屋顶漏雨");
        EXPECT_EQ(value.traces[0].author, of_li ? "li" : "wang");
        EXPECT_EQ(value.traces[0].dot.replica, (of_li ? li : wang)->replica());
        EXPECT_GT(value.traces[0].wall_ms, 0U);
    }
}

TEST_F(Conflict, TheOfficeDecides) {
    ASSERT_TRUE(succeeds(decide("老人住院，屋顶漏雨", office_dots())));
    expect_settled("老人住院，屋顶漏雨");
    for (Handset* handset : {&li, &wang}) {
        const RecordView view = must((*handset)->read(household_id));
        EXPECT_EQ(view.field(field::summary)->values[0].traces[0].author, "office");
    }
}

TEST_F(Conflict, TheOfficeTakesOneOfTheTwo) {
    ASSERT_TRUE(succeeds(decide("屋顶漏雨", office_dots())));
    expect_settled("屋顶漏雨");
}

TEST_F(Conflict, ADecisionOnWhatHasChangedIsStale) {
    const std::vector<Dot> seen = office_dots();
    save(world, li, set_text(household_id, field::summary, "屋顶漏雨，已报修", std::vector<Dot>{}));
    must(world.sync(li));
    EXPECT_EQ(outcome(decide("老人住院", seen)), "stale_decision");
    EXPECT_THAT(office(field::summary), UnorderedElementsAre("屋顶漏雨", "老人住院", "屋顶漏雨，已报修"));
    EXPECT_EQ(outcome(decide("老人住院", office_dots())), "ok");
    expect_settled("老人住院");
}

TEST_F(Conflict, ADecisionThatSawLessOrMoreOrTwiceIsStale) {
    std::vector<Dot> seen = office_dots();
    EXPECT_EQ(outcome(decide("x", {})), "stale_decision");
    EXPECT_EQ(outcome(decide("x", {seen[0]})), "stale_decision");
    EXPECT_EQ(outcome(decide("x", {seen[0], seen[1], dot(9, 9)})), "stale_decision");
    EXPECT_EQ(outcome(decide("x", {seen[1], seen[0]})), "ok") << "their order says nothing";
    EXPECT_EQ(outcome(decide("x", {seen[1], seen[0]})), "stale_decision") << "decided already";
    expect_settled("x");
}

TEST_F(Conflict, ARefusedDecisionLeavesNoTrace) {
    const Verification before = must(world.hub().verify());
    EXPECT_EQ(outcome(decide("x", {})), "stale_decision");
    EXPECT_EQ(outcome(world.hub().resolve({id_of<RecordId>(1), field::summary, text("x"), {}}, "office", 1)),
              "not_found");
    EXPECT_EQ(outcome(world.hub().resolve({household_id, field::address, text("x"), {}}, "office", 1)),
              "stale_decision");
    EXPECT_EQ(
        outcome(world.hub().resolve({household_id, field::summary, Value::integer(5), office_dots()}, "office", 1)),
        "invalid_argument");
    const Verification after = must(world.hub().verify());
    EXPECT_EQ(after.commits, before.commits);
    EXPECT_EQ(after.state, before.state);
}

TEST_F(Conflict, ACadreDecidesOnAPhone) {
    const std::vector<Dot> seen = all_dots(must(wang->read(household_id)), field::summary);
    save(world, wang, set_text(household_id, field::summary, "两件都对", seen));
    EXPECT_THAT(on(wang, field::summary), ElementsAre("两件都对"));
    expect_settled("两件都对");
}

TEST_F(Conflict, AnEditOfTheShownValueLeavesTheOther) {
    const auto shown = on(li, field::summary);
    save(world, li, set_text(household_id, field::summary, shown[0] + "，急"));
    must(world.sync_all());
    for (Handset* handset : {&li, &wang})
        EXPECT_THAT(on(*handset, field::summary), UnorderedElementsAre(shown[0] + "，急", shown[1]));
    EXPECT_EQ(must(world.hub().conflicts(10)).size(), 1U);
}

TEST_F(Conflict, OfficeAndPhoneDecideAtOnce) {
    save(world, wang,
         set_text(household_id, field::summary, "王的决定", all_dots(must(wang->read(household_id)), field::summary)));
    ASSERT_TRUE(succeeds(decide("办公室的决定", office_dots())));
    must(world.sync_all());
    for (Handset* handset : {&li, &wang})
        EXPECT_THAT(on(*handset, field::summary), UnorderedElementsAre("王的决定", "办公室的决定"));
    ASSERT_TRUE(succeeds(decide("最后", office_dots())));
    expect_settled("最后");
}

TEST_F(Conflict, BothTypeTheSameAndThereIsNoFalseWork) {
    const RecordId other = save(world, li, new_household(village, "新户"));
    must(world.sync_all());
    save(world, li, set_text(other, field::contact, "张三"));
    save(world, wang, set_text(other, field::contact, "张三"));
    must(world.sync_all());
    const RecordView view = must(wang->read(other));
    EXPECT_EQ(view.conflicts, 0U);
    ASSERT_EQ(view.field(field::contact)->values.size(), 1U);
    EXPECT_EQ(view.field(field::contact)->values[0].traces.size(), 2U);
    save(world, li, set_text(other, field::contact, "李四"));
    must(world.sync_all());
    EXPECT_THAT(texts(must(wang->read(other)), field::contact), ElementsAre("李四"))
        << "it replaced both that it stood for";
}

TEST_F(Conflict, NeedsMergeAndNotesAreAllKept) {
    for (Handset* handset : {&li, &wang}) {
        save(world, *handset, add_need(household_id, handset == &li ? "修屋顶" : "陪护"));
        save(world, *handset, add_need(household_id, "低保"));
        save(world, *handset, add_note(household_id, "来自" + handset->name));
    }
    must(world.sync_all());
    for (Handset* handset : {&li, &wang}) {
        EXPECT_THAT(on(*handset, field::needs), UnorderedElementsAre("修屋顶", "陪护", "低保"));
        EXPECT_THAT(on(*handset, field::notes), ElementsAre("来自li", "来自wang"));
        EXPECT_FALSE(must((*handset)->read(household_id)).field(field::needs)->conflict);
    }
    EXPECT_EQ(outcome(li->save({add_need(household_id, "低保")}, world.now_ms())), "invalid_argument") << "it is there";
    save(world, wang, remove_need(household_id, "低保"));  // saw both adds
    must(world.sync_all());
    EXPECT_THAT(on(li, field::needs), UnorderedElementsAre("修屋顶", "陪护"));
    EXPECT_EQ(outcome(li->save({remove_need(household_id, "低保")}, world.now_ms())), "invalid_argument")
        << "it is gone";
}

TEST_F(Conflict, AddWinsOverARemovalThatHadNotSeenIt) {
    save(world, li, add_need(household_id, "低保"));
    must(world.sync_all());
    save(world, li, remove_need(household_id, "低保"));
    must(li->save({add_need(household_id, "低保")}, world.now_ms()));
    save(world, wang, remove_need(household_id, "低保"));
    must(world.sync_all());
    for (Handset* handset : {&li, &wang}) EXPECT_THAT(on(*handset, field::needs), ElementsAre("低保"));
}

TEST_F(Conflict, AClockTenYearsOffDecidesNothing) {
    const auto shown = on(li, field::summary);
    constexpr std::uint64_t ten_years_ms = 315'360'000'000;
    must(wang->save({set_text(household_id, field::contact, "从未来")}, world.now_ms() + ten_years_ms));
    must(li->save({set_text(household_id, field::contact, "从过去")}, 1000));
    must(world.sync_all());
    EXPECT_THAT(on(li, field::contact), UnorderedElementsAre("从未来", "从过去"));
    EXPECT_EQ(on(wang, field::contact), on(li, field::contact));
    EXPECT_EQ(on(li, field::summary), shown);
    save(world, li,
         set_text(household_id, field::contact, "张三", all_dots(must(li->read(household_id)), field::contact)));
    must(world.sync_all());
    EXPECT_THAT(on(wang, field::contact), ElementsAre("张三"));
}

// The clock never falls behind what it observed, also across a restart (clock/hlc.hpp).
TEST_F(Conflict, AfterAPullAndARestartTheClockGoesOnFromWhatItSaw) {
    Handset& ahead = world.add("ahead", {village});
    must(world.sync_all());
    const std::uint64_t now = world.now_ms();
    constexpr std::uint64_t one_minute_ms = 60'000;
    must(ahead->save({set_text(household_id, field::summary, "早")}, now + one_minute_ms));
    must(world.sync(ahead));
    must(world.sync(li));
    const auto before = must(ahead->history(household_id)).back();
    EXPECT_EQ(before.value, text("早"));
    world.reopen(li);
    must(li->save({set_text(household_id, field::summary, "晚")}, now));
    must(world.sync_all());
    Hlc early, late;
    must(world.hub().store().each_commit([&](const Commit& commit, const Hash&) -> Status {
        if (commit.header.dot.replica == ahead->replica()) early = commit.header.hlc;
        if (commit.header.dot.replica == li->replica()) late = commit.header.hlc;
        return ok();
    }));
    EXPECT_TRUE(early < late);
}

}  // namespace
}  // namespace doorstep::test
