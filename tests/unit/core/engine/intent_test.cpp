// Intents: the phone asks, the server alone answers, once; what was written along stays whatever the answer is.
#include <gmock/gmock.h>

#include "core/casework/transitions.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using Status = IntentView::Status;
using testing::ElementsAre;

class Intents : public testing::Test {
protected:
    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId matter = save(world, li, new_issue());

    static RecordEdit new_issue() {
        RecordEdit edit = new_household(village, "路灯不亮");
        edit.type = issue;
        return edit;
    }
    RecordEdit note(std::string_view words) const {
        RecordEdit edit = add_note(matter, words);
        edit.type = issue;
        return edit;
    }
    RecordId ask(Handset& who, std::string_view step, std::vector<RecordEdit> words = {}) {
        return must(who->propose({matter, std::string(step), {}, std::move(words)}, world.now_ms()));
    }
    static IntentView find(const std::vector<IntentView>& all, const RecordId& id) {
        for (const IntentView& view : all)
            if (view.intent == id) return view;
        ADD_FAILURE() << "no such intent";
        return {};
    }
    IntentView at(Handset& who, const RecordId& id) { return find(must(who->intents(matter)), id); }
    std::string stage(const RecordView& view) { return std::string(view.text(casework::stage_field)); }
};

TEST_F(Intents, IsPendingUntilTheOfficeAnswersAndThenTheMatterMoves) {
    const RecordId asked = ask(li, "register");
    EXPECT_EQ(at(li, asked).status, Status::pending);
    EXPECT_EQ(stage(must(li->read(matter))), "") << "asking moves nothing";
    must(world.sync_all());
    for (Handset* phone : {&li, &wang}) {
        SCOPED_TRACE(phone->name);
        EXPECT_EQ(at(*phone, asked).status, Status::accepted);
        EXPECT_NE(at(*phone, asked).rule, "");
        EXPECT_EQ(stage(must((*phone)->read(matter))), "registered");
        EXPECT_EQ(disagreement(world.hub(), *phone), "");
    }
    EXPECT_EQ(stage(office_view(world.hub(), matter)), "registered");
    EXPECT_TRUE(succeeds(world.hub().verify()));
}

TEST_F(Intents, OfTwoAtOnceOneIsAcceptedAndTheOtherToldWhy) {
    must(world.sync_all());
    const RecordId first = ask(li, "register"), second = ask(wang, "register");
    must(world.sync_all());
    EXPECT_EQ(at(li, first).status, Status::accepted);
    EXPECT_EQ(at(wang, second).status, Status::rejected);
    EXPECT_EQ(at(wang, second).code, "stale_decision");
    EXPECT_EQ(stage(must(wang->read(matter))), "registered");
    EXPECT_EQ(must(li->read(matter)).conflicts, 0U) << "a stage is never in conflict";
}

TEST_F(Intents, AStepThatTheTableDoesNotHaveIsRejectedAndItsWordsStay) {
    const RecordId asked = ask(li, "reply", {note("已答复，灯已修好")});
    must(world.sync_all());
    EXPECT_EQ(at(li, asked).status, Status::rejected);
    EXPECT_EQ(at(li, asked).code, "transition_refused");
    EXPECT_THAT(texts(must(wang->read(matter)), field::notes), ElementsAre("已答复，灯已修好"));
    EXPECT_EQ(stage(must(wang->read(matter))), "");
}

TEST_F(Intents, GetOneOutcomeHoweverOftenTheyArrive) {
    const RecordId asked = ask(li, "register");
    const auto cut_answer = [](std::size_t n, Bytes message) {
        return n == 1 ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome(world.sync(li, cut_answer)), "server_unreachable");
    must(world.sync_all());
    std::size_t outcomes = 0;
    for (const HistoryEntry& entry : must(li->history(asked)))
        if (entry.field == intent::outcome) ++outcomes;
    EXPECT_EQ(outcomes, 1U);
    EXPECT_EQ(at(li, asked).status, Status::accepted);
}

TEST_F(Intents, AboutAMatterThatIsNotThereAreRejected) {
    RecordEdit edit;
    edit.type = intent::type;
    edit.home = stream(village);
    edit.fields = {{intent::matter, Kind::value, Op::Action::put, Value::record(record(9)), {}},
                   {intent::transition, Kind::value, Op::Action::put, text("register"), {}}};
    const RecordId asked = save(world, li, edit);
    must(world.sync_all());
    const IntentView view = find(must(li->intents(record(9))), asked);
    EXPECT_EQ(view.status, Status::rejected);
    EXPECT_EQ(view.code, "not_found");
}

TEST_F(Intents, WalkAMatterThroughAllItsSteps) {
    for (const char* step : {"register", "dispatch", "return", "dispatch", "accept", "notify", "handle", "reply",
                             "upload", "revisit", "reopen", "reply"}) {
        SCOPED_TRACE(step);
        const RecordId asked = ask(li, step);
        must(world.sync_all());
        EXPECT_EQ(at(li, asked).status, Status::accepted);
    }
    EXPECT_EQ(stage(must(wang->read(matter))), "replied");
}

// Only the server answers; a modified app that pushes a stage has that part held (kinds_test.cpp).
TEST_F(Intents, AStageIsNotForAPhoneToWrite) {
    RecordEdit edit;
    edit.record = matter;
    edit.type = issue;
    edit.fields = {{casework::stage_field, Kind::state, Op::Action::put, text("replied"), {}}};
    EXPECT_EQ(outcome(li->save({edit}, world.now_ms())), "forbidden");
}

class Release : public Intents {};

TEST_F(Release, APartHeldForItsAreaIsAppliedAtTheEndOfItsStream) {
    li.grant.areas = {area(other_village)};
    const RecordId asked = ask(li, "register", {note("放行以后才看得见")});
    must(world.sync_all());
    ASSERT_EQ(must(world.hub().held(10)).size(), 2U) << "the matter itself, and what was said about it";
    li.grant.areas = {area(village)};
    for (const HeldView& held : must(world.hub().held(10)))
        ASSERT_TRUE(succeeds(world.hub().release(held.held.dot, held.held.part, world.now_ms())));
    must(world.sync_all());
    EXPECT_TRUE(must(world.hub().held(10)).empty());
    EXPECT_TRUE(must(li->outbox()).held.empty()) << "the phone is told";
    EXPECT_THAT(texts(must(wang->read(matter)), field::notes), ElementsAre("放行以后才看得见"));
    EXPECT_EQ(at(wang, asked).status, Status::accepted) << "an intent is answered when it is applied";
    for (Handset* phone : {&li, &wang}) EXPECT_EQ(disagreement(world.hub(), *phone), "");
    EXPECT_TRUE(succeeds(world.hub().verify()));
}

TEST_F(Release, OfWhatIsNotHeldIsRefused) {
    must(world.sync_all());
    EXPECT_EQ(outcome(world.hub().release({li->replica(), 1}, 0, world.now_ms())), "not_found");
    EXPECT_EQ(outcome(world.hub().release({li->replica(), 9}, 0, world.now_ms())), "not_found");
}

}  // namespace
}  // namespace doorstep::test
