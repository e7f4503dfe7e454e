// One household made on two phones: joined it reads as one, edits to either show on it, and taken apart again each is
// what it was (invariant 26).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SameThing : public testing::Test {
protected:
    SameThing() {
        first = save(world, li, new_household(village, "屋顶漏雨"));
        second = save(world, wang, new_household(village, "老人住院"));
        must(world.sync_all());
    }
    void join(const RecordId& a, const RecordId& b) {
        must(li->mark_same(a, b, world.now_ms()));
        must(world.sync_all());
    }
    std::vector<std::string> summaries(Handset& phone, const RecordId& id) {
        return texts(must(phone->read(id)), field::summary);
    }
    /// The packed record without its links: what must be as it was.
    std::string stored(const RecordId& id) {
        RecordState state = must(RecordState::unpack(must(world.hub().store().records_of(id)).at(0).state));
        std::erase_if(state.fields, [](const FieldState& f) { return f.field == reserved_field::same_as; });
        return to_hex(state.pack());
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId first, second;
};

TEST_F(SameThing, ReadsAsTheOneMadeFirstWithEverybodysWords) {
    join(first, second);
    for (Handset* phone : {&li, &wang})
        for (const RecordId& id : {first, second}) {
            const RecordView view = must((*phone)->read(id));
            EXPECT_EQ(view.record, std::min(first, second));
            EXPECT_THAT(view.members, ElementsAre(std::min(first, second), std::max(first, second)));
            EXPECT_THAT(texts(view, field::summary), UnorderedElementsAre("屋顶漏雨", "老人住院"));
            EXPECT_EQ(view.conflicts, 1U) << "two sentences about one household";
            EXPECT_EQ(must((*phone)->list(household, 10)).size(), 1U);
            EXPECT_EQ(must((*phone)->conflicts(10)).size(), 1U);
            EXPECT_THAT(history_texts(must((*phone)->history(id))), testing::IsSupersetOf({"屋顶漏雨", "老人住院"}));
        }
    EXPECT_EQ(must(world.hub().conflicts(10)).size(), 1U);
}

TEST_F(SameThing, UndoRestoresBothExactly) {
    const std::string before_first = stored(first), before_second = stored(second);
    join(first, second);
    EXPECT_EQ(stored(first), before_first) << "nothing is rewritten";
    EXPECT_EQ(stored(second), before_second);
    must(wang->unmark_same(second, first, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(stored(first), before_first);
    EXPECT_EQ(stored(second), before_second);
    for (Handset* phone : {&li, &wang}) {
        EXPECT_THAT(summaries(*phone, first), ElementsAre("屋顶漏雨"));
        EXPECT_THAT(summaries(*phone, second), ElementsAre("老人住院"));
        EXPECT_THAT(must((*phone)->read(first)).members, ElementsAre(first));
        EXPECT_EQ(must((*phone)->list(household, 10)).size(), 2U);
        EXPECT_THAT(must((*phone)->conflicts(10)), IsEmpty());
    }
}

TEST_F(SameThing, ALateEditToEitherSurfacesAndStaysWithItsRecord) {
    must(li->mark_same(first, second, world.now_ms()));
    save(world, wang, set_text(second, field::contact, "王五"));  // does not know of the link yet
    must(world.sync_all());
    EXPECT_THAT(texts(must(li->read(first)), field::contact), ElementsAre("王五"));
    must(li->unmark_same(first, second, world.now_ms()));
    must(world.sync_all());
    EXPECT_THAT(texts(must(li->read(second)), field::contact), ElementsAre("王五"));
    EXPECT_THAT(texts(must(li->read(first)), field::contact), IsEmpty());
}

TEST_F(SameThing, ADecisionHoldsForBothAlsoWhenTheyComeApart) {
    join(first, second);
    const RecordView view = must(world.hub().read(second));
    must(world.hub().resolve({view.record, field::summary, text("漏雨，老人住院"), all_dots(view, field::summary)},
                             "office", world.now_ms()));
    must(world.sync_all());
    EXPECT_THAT(summaries(wang, second), ElementsAre("漏雨，老人住院"));
    EXPECT_THAT(must(li->conflicts(10)), IsEmpty());
    must(li->unmark_same(first, second, world.now_ms()));
    must(world.sync_all());
    EXPECT_THAT(summaries(wang, first), ElementsAre("漏雨，老人住院"));
    EXPECT_THAT(summaries(wang, second), ElementsAre("漏雨，老人住院"));
}

TEST_F(SameThing, AnEditReplacesWhatIsShownWhereverItStands) {
    join(first, second);
    const std::string shown = summaries(li, first).front();
    save(world, li, set_text(first, field::summary, "新写"));
    EXPECT_THAT(summaries(li, first), testing::Not(testing::Contains(shown)));
    EXPECT_THAT(summaries(li, first), testing::Contains("新写"));
    EXPECT_THAT(summaries(li, first), testing::SizeIs(2)) << "the other's words stay";
}

TEST_F(SameThing, ANeedIsAddedOnceAndTakenAwayEverywhere) {
    save(world, li, add_need(first, "床位"));
    save(world, wang, add_need(second, "床位"));
    must(world.sync_all());
    join(first, second);
    EXPECT_THAT(texts(must(li->read(first)), field::needs), ElementsAre("床位"));
    EXPECT_EQ(outcome(li->save({add_need(first, "床位")}, world.now_ms())), "invalid_argument") << "is there already";
    save(world, li, remove_need(first, "床位"));
    must(world.sync_all());
    EXPECT_EQ(must(wang->read(second)).field(field::needs), nullptr);
}

TEST_F(SameThing, ChainsAndCyclesAreOneThing) {
    const RecordId third = save(world, li, new_household(village, "三")),
                   other = save(world, li, new_household(village, "四"));
    must(li->mark_same(first, second, world.now_ms()));
    must(li->mark_same(second, third, world.now_ms()));
    EXPECT_EQ(must(li->read(third)).members.size(), 3U);
    must(li->mark_same(third, first, world.now_ms()));
    EXPECT_EQ(must(li->read(second)).members.size(), 3U);
    must(li->unmark_same(first, second, world.now_ms()));
    EXPECT_EQ(must(li->read(first)).members.size(), 3U) << "still the same by way of the third";
    must(li->unmark_same(third, first, world.now_ms()));
    EXPECT_THAT(must(li->read(first)).members, ElementsAre(first));
    EXPECT_EQ(must(li->read(second)).members.size(), 2U);
    EXPECT_THAT(must(li->read(other)).members, ElementsAre(other));
}

TEST_F(SameThing, AJoinAtTheSameTimeSurvivesAnUndo) {
    join(first, second);
    must(li->unmark_same(first, second, world.now_ms()));
    must(wang->unmark_same(first, second, world.now_ms()));
    must(wang->mark_same(first, second, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(li->read(first)).members.size(), 2U);
    EXPECT_EQ(must(wang->read(first)).members.size(), 2U);
}

TEST_F(SameThing, OnlyWhatIsVisibleResolves) {
    Handset& chief = world.add("chief", {town});
    const RecordId far = save(world, chief, new_household(other_village, "同一户"));
    must(world.sync_all());
    must(chief->mark_same(first, far, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(chief->read(first)).members.size(), 2U);
    EXPECT_THAT(must(li->read(first)).members, ElementsAre(first)) << "the other end is not there";
    EXPECT_THAT(summaries(li, first), ElementsAre("屋顶漏雨"));
}

TEST_F(SameThing, ALinkAtOneEndAloneJoinsNothing) {
    const RecordEdit half = {
        first, household, {}, {{reserved_field::same_as, Kind::set, Op::Action::put, Value::record(second), {}}}};
    save(world, li, half);
    EXPECT_THAT(must(li->read(first)).members, ElementsAre(first));
    EXPECT_THAT(must(li->read(second)).members, ElementsAre(second));
}

TEST_F(SameThing, RefusesWhatCannotBeTheSame) {
    RecordEdit matter;
    matter.type = issue;
    matter.home = stream(village);
    matter.fields.push_back({field::summary, Kind::value, Op::Action::put, text("路灯"), {}});
    const RecordId lamp = save(world, li, matter);
    EXPECT_EQ(outcome(li->mark_same(first, first, world.now_ms())), "invalid_argument");
    EXPECT_EQ(outcome(li->mark_same(first, lamp, world.now_ms())), "invalid_argument");
    EXPECT_EQ(outcome(li->mark_same(first, record(9), world.now_ms())), "not_found");
    EXPECT_EQ(outcome(li->unmark_same(first, second, world.now_ms())), "invalid_argument") << "they were not";
}

TEST_F(SameThing, ADeleteIsOfTheWholeThing) {
    join(first, second);
    must(li->remove(second, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(wang->read(first)).existence, Existence::deleted);
    must(wang->restore(first, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(li->read(second)).existence, Existence::alive);
    EXPECT_EQ(must(li->read(second)).members.size(), 2U);
}

TEST_F(SameThing, ADuplicateThatWasDeletedWhileItWasJoinedAsksForALook) {
    must(wang->remove(second, world.now_ms()));
    must(li->mark_same(first, second, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(li->read(first)).existence, Existence::deleted_while_edited);
}

TEST_F(SameThing, OverTheLimitEachStandsAlone) {
    std::vector<RecordId> chain = {first};
    while (chain.size() < limits::same_as_max) {
        chain.push_back(save(world, li, new_household(village, "同")));
        must(li->mark_same(chain[chain.size() - 2], chain.back(), world.now_ms()));
    }
    EXPECT_EQ(must(li->read(first)).members.size(), limits::same_as_max);
    EXPECT_EQ(must(li->read(chain.back())).members.size(), limits::same_as_max);
    must(li->mark_same(chain.back(), second, world.now_ms()));
    for (const RecordId& id : {first, second, chain[30]}) EXPECT_THAT(must(li->read(id)).members, ElementsAre(id));
}

}  // namespace
}  // namespace doorstep::test
