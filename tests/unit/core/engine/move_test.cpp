// Records that move to another area: whole where they stand, nothing lost of what is written where they stood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/casework/moving.hpp"
#include "core/casework/transitions.hpp"
#include "core/engine/moves.hpp"
#include "core/merge/home.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using CKind = Compartment::Kind;

/// Two villages of one township; one phone that sees the first, one that sees the second, one that sees both.
class Moves : public testing::Test {
protected:
    explicit Moves(std::string vfs = {}) : world(Durability::normal, std::move(vfs)) {}

    std::size_t move(const std::vector<RecordId>& records, std::string_view to) {
        return must(world.hub().move(records, area(to), "office", world.now_ms()));
    }
    /// One after the other until nothing is left. How many records, and in how many steps.
    std::pair<std::size_t, int> move_all(const MoveOrder& order) {
        std::pair<std::size_t, int> out;
        for (MoveCursor cursor; cursor.left == MoveCursor::Left::maybe; ++out.second) {
            const MoveStep step = must(world.hub().move_some(order, cursor, "office", world.now_ms()));
            out.first += step.moved;
            cursor = step.next;
        }
        return out;
    }
    RecordState state_in(Store& store, const RecordId& record, std::string_view where, Compartment in = {}) {
        const StreamNo no = must(store.stream_no({area(where), in}));
        const auto packed = must(store.record_state(record, no));
        return packed ? must(RecordState::unpack(*packed)) : RecordState();
    }
    void back_up() { must(world.hub().store().back_up(world.path("backup.db"), storage_key(1))); }
    void restore() {
        world.close_hub();
        copy_database(world.path("backup.db"), world.hub_path());
        world.open_hub();
    }
    void expect_sound() {
        EXPECT_TRUE(succeeds(world.sync_all()));
        EXPECT_TRUE(must(diagnose(world.hub().store())).sound());
        for (const auto& handset : world.handsets()) {
            EXPECT_EQ(disagreement(world.hub(), *handset), "");
            EXPECT_TRUE(succeeds((*handset)->verify())) << handset->name;
        }
    }
    std::vector<std::string> at(Handset& who, std::uint32_t field) { return texts(must(who->read(id)), field); }
    /// What a view says, with who said it and on which device.
    static std::vector<std::string> said(const RecordView& view) {
        std::vector<std::string> out;
        for (const FieldView& field : view.fields) {
            if (field.field == reserved_field::home) continue;
            for (const ValueView& value : field.values)
                for (const Trace& trace : value.traces)
                    out.push_back(std::to_string(field.field) + " " + std::string(value.value.as_text()) + " by " +
                                  trace.author + " " + trace.dot.replica.hex().substr(0, 8) + ":" +
                                  std::to_string(trace.dot.seq) + " at " + std::to_string(trace.wall_ms));
        }
        return out;
    }
    static std::vector<RecordId> ids(const Page& page) {
        std::vector<RecordId> out;
        for (const Card& card : page.cards) out.push_back(card.record);
        return out;
    }

    World world;
    Handset& here = world.add("here", {village});
    Handset& there = world.add("there", {other_village});
    Handset& both = world.add("both", {town});
    RecordId id = save(world, here, new_household(village, "一户三人"));
};

class MovedHousehold : public Moves {
protected:
    /// A history with everything in it: a conflict, a settled field, a set with a removal, a log.
    MovedHousehold() {
        must(world.sync_all());
        save(world, here, set_text(id, field::contact, "老李"));
        save(world, here, set_text(id, field::contact, "小李"));
        save(world, here, add_need(id, "维修"));
        save(world, here, add_note(id, "第一次走访"));
        must(world.sync_all());
        save(world, here, remove_need(id, "维修"));
        save(world, here, set_text(id, field::summary, "漏雨"));
        save(world, both, set_text(id, field::summary, "塌了一角"));
        save(world, both, add_note(id, "第二次走访"));
        must(world.sync_all());
    }
};

TEST_F(MovedHousehold, IsWholeWhereItStandsWithItsHistoryAndCausality) {
    const RecordView before = office_view(world.hub(), id);
    const auto history = must(record_history(world.hub().store(), id));
    ASSERT_EQ(before.conflicts, 1U);
    EXPECT_EQ(move({id}, other_village), 1U);
    must(world.sync_all());
    for (Handset* phone : {&there, &both}) {
        SCOPED_TRACE(phone->name);
        const RecordView after = must((*phone)->read(id));
        EXPECT_EQ(after.area, area(other_village));
        EXPECT_EQ(after.moved_to, std::nullopt);
        EXPECT_EQ(after.conflicts, 1U) << "a conflict stays one, and none is added";
        EXPECT_EQ(said(after), said(before)) << "every word, its author, clock and device";
        const auto now = must((*phone)->history(id));
        ASSERT_EQ(now.size(), history.size() + 1) << "what was, and the move";
        for (std::size_t i = 0; i < history.size(); ++i) {
            EXPECT_EQ(now[i].value, history[i].value);
            EXPECT_EQ(now[i].trace.dot, history[i].trace.dot);
            EXPECT_EQ(now[i].trace.author, history[i].trace.author);
            EXPECT_EQ(now[i].trace.wall_ms, history[i].trace.wall_ms);
            EXPECT_EQ(now[i].live, history[i].live);
        }
        EXPECT_EQ(now.back().field, reserved_field::home);
        EXPECT_EQ(now.back().trace.author, "office");
    }
    Store& office = world.hub().store();
    EXPECT_EQ(state_in(office, id, other_village).pack(), state_in(office, id, village).pack())
        << "the same set of ops, and so the same bytes";
    expect_sound();
}

TEST_F(MovedHousehold, IsNoLongerCurrentWhereItStoodAndSaysWhereItWent) {
    move({id}, other_village);
    must(world.sync_all());
    const RecordView left = must(here->read(id));
    EXPECT_EQ(left.moved_to, area(other_village));
    EXPECT_EQ(left.area, area(village));
    EXPECT_EQ(left.conflicts, 0U) << "nobody here has to decide on it any more";
    EXPECT_THAT(ids(must(here->list_area(area(village), 0, {}))), IsEmpty());
    EXPECT_THAT(ids(must(here->list_conflicts({}))), IsEmpty());
    EXPECT_THAT(must(here->conflicts(10)), IsEmpty());
    const Page found = must(here->search("漏雨", {}));
    ASSERT_EQ(found.cards.size(), 1U);
    EXPECT_EQ(found.cards[0].moved_to, area(other_village));
    EXPECT_EQ(outcome(here->save({add_note(id, "还能写吗")}, world.now_ms())), "moved");
    EXPECT_EQ(outcome(here->propose({id, std::string(casework::move_step), std::string(village), {}}, world.now_ms())),
              "moved");
    EXPECT_EQ(outcome(here->remove(id, world.now_ms())), "moved");
}

TEST_F(MovedHousehold, IsShownOnceToWhoSeesBothAreas) {
    move({id}, other_village);
    must(world.sync_all());
    EXPECT_THAT(ids(must(both->list_area(area(town), 0, {}))), ElementsAre(id));
    EXPECT_THAT(ids(must(both->search("漏雨", {}))), ElementsAre(id));
    EXPECT_EQ(must(both->list(household, 10)).size(), 1U);
    EXPECT_EQ(must(world.hub().list(household, 10)).size(), 1U);
    EXPECT_EQ(must(world.hub().conflicts(10)).size(), 1U);
    EXPECT_EQ(must(there->list(household, 10)).size(), 1U);
}

TEST_F(MovedHousehold, IsEditedWhereItStandsByWhoSawItMove) {
    move({id}, other_village);
    must(world.sync_all());
    save(world, both, set_text(id, field::contact, "大李"));
    must(world.sync_all());
    EXPECT_THAT(at(there, field::contact), ElementsAre("大李")) << "it supersedes what was carried, by its first dot";
    EXPECT_THAT(at(here, field::contact), ElementsAre("小李")) << "the former area hears no more of it";
    must(world.hub().resolve({id, field::summary, text("屋顶塌了一角"), all_dots(must(there->read(id)), field::summary)},
                             "office", world.now_ms()));
    must(world.sync_all());
    for (Handset* phone : {&there, &both}) {
        EXPECT_THAT(at(*phone, field::summary), ElementsAre("屋顶塌了一角"));
        EXPECT_EQ(must((*phone)->read(id)).conflicts, 0U);
    }
    expect_sound();
}

TEST_F(MovedHousehold, KeepsWhatWasWrittenOfflineByWhoHadNotHeard) {
    save(world, here, set_text(id, field::contact, "改在路上"));  // had seen 小李
    save(world, here, add_note(id, "第三次走访"));
    save(world, here, add_need(id, "低保"));
    move({id}, other_village);
    must(world.sync_all());
    EXPECT_THAT(at(there, field::contact), ElementsAre("改在路上")) << "no false conflict with what it replaced";
    EXPECT_THAT(at(there, field::notes), ElementsAre("第一次走访", "第二次走访", "第三次走访"));
    EXPECT_THAT(at(there, field::needs), ElementsAre("低保"));
    EXPECT_EQ(must(here->read(id)).moved_to, area(other_village)) << "its author is told where it went";
    EXPECT_EQ(must(here->outbox()).only_here, 0U);
    for (const HistoryEntry& entry : must(there->history(id)))
        EXPECT_EQ(entry.value.as_text() == "改在路上", entry.trace.dot == (Dot{here->replica(), 8})) << "his own word";
    expect_sound();
}

TEST_F(MovedHousehold, ALateEditAgainstANewerOneIsAConflictWhereItStands) {
    move({id}, other_village);
    must(world.sync(there));
    save(world, there, set_text(id, field::contact, "新村的说法"));
    must(world.sync(there));
    save(world, here, set_text(id, field::contact, "旧村的说法"));  // has not heard
    must(world.sync_all());
    for (Handset* phone : {&there, &both})
        EXPECT_THAT(at(*phone, field::contact), UnorderedElementsAre("新村的说法", "旧村的说法"));
    expect_sound();
}

TEST_F(MovedHousehold, ALateEditIsCarriedOnceHoweverOftenItComes) {
    save(world, here, add_note(id, "迟到的话"));
    move({id}, other_village);
    const auto cut_answer = [](std::size_t n, Bytes message) {
        return n == 1 ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome(world.sync(here, cut_answer)), "server_unreachable");
    world.open_hub();  // another writer, as two processes over one database are
    must(world.sync_all());
    const std::uint64_t commits = must(world.hub().verify()).commits;
    must(world.sync_all());
    EXPECT_EQ(must(world.hub().verify()).commits, commits);
    EXPECT_THAT(at(there, field::notes), ElementsAre("第一次走访", "第二次走访", "迟到的话"));
    std::size_t told = 0;
    for (const HistoryEntry& entry : must(there->history(id))) told += entry.value.as_text() == "迟到的话" ? 1 : 0;
    EXPECT_EQ(told, 1U);
    EXPECT_THAT(must(missing_carries(world.hub().store(), id)), IsEmpty());
    expect_sound();
}

TEST_F(MovedHousehold, MovedBackIsAsItWasAndBringsWhatWasSaidMeanwhile) {
    const auto before = said(office_view(world.hub(), id));
    move({id}, other_village);
    must(world.sync_all());
    move({id}, village);
    must(world.sync_all());
    EXPECT_EQ(said(must(here->read(id))), before);
    EXPECT_EQ(must(here->read(id)).moved_to, std::nullopt);
    EXPECT_EQ(must(there->read(id)).moved_to, area(village));
    EXPECT_THAT(ids(must(here->list_area(area(village), 0, {}))), ElementsAre(id));
    save(world, here, set_text(id, field::contact, "回来以后"));
    must(world.sync_all());
    move({id}, other_village);
    must(world.sync(there));
    save(world, there, add_note(id, "在邻村写的"));
    must(world.sync(there));
    move({id}, village);
    must(world.sync_all());
    EXPECT_THAT(at(here, field::notes), Contains("在邻村写的"));
    EXPECT_THAT(at(here, field::contact), ElementsAre("回来以后"));
    expect_sound();
}

TEST_F(MovedHousehold, IsFollowedOverSeveralMoves) {
    Handset& far = world.add("far", {far_village});
    save(world, here, add_note(id, "两次移交以前"));
    move({id}, other_village);
    must(world.sync(there));
    save(world, there, add_note(id, "一次移交以后"));
    move({id}, far_village);
    must(world.sync(there));
    must(world.sync_all());
    EXPECT_THAT(texts(must(far->read(id)), field::notes),
                UnorderedElementsAre("第一次走访", "第二次走访", "两次移交以前", "一次移交以后"));
    EXPECT_EQ(must(there->read(id)).moved_to, area(far_village));
    EXPECT_EQ(must(here->read(id)).moved_to, area(other_village)) << "each hears of its own hand-over and no other";
    EXPECT_EQ(office_view(world.hub(), id).area, area(far_village));
    expect_sound();
}

TEST_F(MovedHousehold, StaysDeletedAndNoMoveCountsAsAnEdit) {
    must(both->remove(id, world.now_ms()));
    must(world.sync_all());
    move({id}, other_village);
    must(world.sync_all());
    EXPECT_EQ(must(there->read(id)).existence, Existence::deleted);
    EXPECT_EQ(must(there->read(id)).conflicts, 0U);
    expect_sound();
}

TEST_F(MovedHousehold, KeepsItsLinksToWhatIsTheSameThing) {
    const RecordId twin = save(world, both, new_household(village, "同一户"));
    must(both->mark_same(id, twin, world.now_ms()));
    must(world.sync_all());
    move({id}, other_village);
    must(world.sync_all());
    EXPECT_EQ(must(both->read(id)).members.size(), 2U);
    EXPECT_EQ(must(there->read(id)).members.size(), 1U) << "the other is out of sight";
    EXPECT_EQ(must(here->read(twin)).members.size(), 1U) << "what was moved away joins nothing here";
    save(world, both, set_text(id, field::summary, "一个说法", all_dots(must(both->read(id)), field::summary)));
    must(world.sync_all());
    EXPECT_EQ(must(both->read(id)).conflicts, 0U);
    EXPECT_THAT(at(there, field::summary), ElementsAre("一个说法"));
    expect_sound();
}

// Old images.

class RestoredMoves : public MovedHousehold, public testing::WithParamInterface<std::vector<int>> {};

// Who comes back first decides nothing: the phones bring the move, the words, or both.
TEST_P(RestoredMoves, AnOfficeThatForgotTheMoveLosesNothing) {
    save(world, here, add_note(id, "没有听说移交"));
    back_up();
    move({id}, other_village);
    must(world.sync(both));
    must(world.sync(there));
    save(world, there, add_note(id, "移交以后"));
    must(world.sync(there));
    restore();
    Handset* phones[] = {&here, &there, &both};
    for (const int who : GetParam()) must(world.sync(*phones[who]));
    must(world.sync_all());
    EXPECT_EQ(office_view(world.hub(), id).area, area(other_village));
    for (Handset* phone : {&there, &both}) {
        EXPECT_THAT(at(*phone, field::notes),
                    UnorderedElementsAre("第一次走访", "第二次走访", "没有听说移交", "移交以后"));
        EXPECT_EQ(must((*phone)->list(household, 10)).size(), 1U);
    }
    EXPECT_EQ(must(here->read(id)).moved_to, area(other_village));
    EXPECT_THAT(must(missing_carries(world.hub().store(), id)), IsEmpty());
    expect_sound();
}
INSTANTIATE_TEST_SUITE_P(InAnyOrder, RestoredMoves,
                         testing::Values(std::vector<int>{0, 1, 2}, std::vector<int>{1, 0, 2}, std::vector<int>{1, 0},
                                         std::vector<int>{0, 1}, std::vector<int>{2, 1, 0}, std::vector<int>{2}));

// Only the new area's phone knows of it: the office had no word of the record, nor of its move.
TEST_F(Moves, AnOfficeThatForgotTheRecordTooPutsTheTwoTogether) {
    back_up();  // of an empty office
    must(world.sync(here));
    move({id}, other_village);
    must(world.sync(there));
    restore();
    must(world.sync(there));
    must(world.sync(here));  // never heard of the move
    must(world.sync_all());
    EXPECT_EQ(must(here->read(id)).moved_to, area(other_village));
    EXPECT_EQ(must(both->list(household, 10)).size(), 1U);
    expect_sound();
}

TEST_F(MovedHousehold, TwoOfficesThatMovedItApartComeToOnePlace) {
    Handset& far = world.add("far", {far_village});
    must(world.sync_all());
    back_up();
    move({id}, other_village);
    must(world.sync(there));
    save(world, there, add_note(id, "在邻村"));
    must(world.sync(there));
    restore();
    move({id}, far_village);
    must(world.sync(far));
    save(world, far, add_note(id, "在外镇"));
    must(world.sync_all());
    const Area stands = office_view(world.hub(), id).area;
    EXPECT_TRUE(stands == area(other_village) || stands == area(far_village));
    Handset& holder = stands == area(far_village) ? far : there;
    Handset& other = stands == area(far_village) ? there : far;
    EXPECT_THAT(texts(must(holder->read(id)), field::notes),
                UnorderedElementsAre("第一次走访", "第二次走访", "在邻村", "在外镇"));
    EXPECT_EQ(must(other->read(id)).moved_to, stands);
    EXPECT_EQ(must(holder->read(id)).conflicts, 1U) << "the two wordings of before; the office settled the move";
    expect_sound();
}

// Intents.

class MoveIntents : public Moves {
protected:
    MoveIntents() { must(world.sync_all()); }
    RecordId ask(Handset& who, std::string_view to, const std::optional<RecordId>& what = {}) {
        return must(who->propose({what.value_or(id), std::string(casework::move_step), std::string(to), {}},
                                 world.now_ms()));
    }
    IntentView answer(Handset& who, const RecordId& intent, const std::optional<RecordId>& what = {}) {
        for (const IntentView& view : must(who->intents(what.value_or(id))))
            if (view.intent == intent) return view;
        ADD_FAILURE() << "no such intent";
        return {};
    }
};

TEST_F(MoveIntents, AreAcceptedOnceAndTheOtherIsToldWhy) {
    Handset& second = world.add("second", {town, far_village});
    must(world.sync_all());
    const RecordId mine = ask(both, other_village), yours = ask(second, far_village);
    must(world.sync_all());
    EXPECT_EQ(answer(both, mine).status, IntentView::Status::accepted);
    EXPECT_EQ(answer(both, mine).rule, casework::move_rule);
    EXPECT_EQ(answer(second, yours).status, IntentView::Status::rejected);
    EXPECT_EQ(answer(second, yours).code, "stale_decision");
    EXPECT_EQ(must(there->read(id)).area, area(other_village));
    EXPECT_EQ(must(second->read(id)).area, area(other_village));
    expect_sound();
}

TEST_F(MoveIntents, MoveItBack) {
    const RecordId away = ask(both, other_village);
    must(world.sync_all());
    const RecordId back = ask(both, village);
    must(world.sync_all());
    EXPECT_EQ(answer(both, away).status, IntentView::Status::accepted);
    EXPECT_EQ(answer(both, back).status, IntentView::Status::accepted);
    EXPECT_EQ(must(here->read(id)).moved_to, std::nullopt);
    expect_sound();
}

TEST_F(MoveIntents, AreRefusedWithACode) {
    Scope narrow;
    narrow.areas = {area(village), area(other_village)};
    Scope wide = narrow;
    wide.restricted = Scope::Restricted::yes;
    Handset& keeper = world.enrol("keeper", wide);
    RecordEdit secret = new_household(village, "内部");
    secret.home.compartment = {CKind::restricted, {}};
    const RecordId restricted = save(world, keeper, secret);
    must(world.sync_all());
    struct Row {
        const char* name;
        Handset* who;
        RecordId what;
        std::string_view to, code;
    };
    const Row rows[] = {{"where its author may not write", &here, id, other_village, "forbidden"},
                        {"out of the township", &both, id, far_village, "forbidden"},
                        {"no division", &both, id, "999999999999", "unknown_area"},
                        {"no area at all", &both, id, "邻村", "invalid_argument"},
                        {"where it stands already", &both, id, village, "transition_refused"},
                        {"into another compartment", &both, id, "341222101205/sealed", "invalid_argument"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const RecordId asked = ask(*row.who, row.to, row.what);
        must(world.sync_all());
        EXPECT_EQ(answer(*row.who, asked, row.what).status, IntentView::Status::rejected);
        EXPECT_EQ(answer(*row.who, asked, row.what).code, row.code);
    }
    EXPECT_EQ(office_view(world.hub(), id).area, area(village));
    // What is restricted stays so.
    const RecordId asked = ask(keeper, other_village, restricted);
    must(world.sync_all());
    EXPECT_EQ(answer(keeper, asked, restricted).status, IntentView::Status::accepted);
    EXPECT_EQ(outcome(there->read(restricted)), "not_found") << "the area alone does not open it";
    EXPECT_EQ(must(keeper->read(restricted)).area, area(other_village));
    expect_sound();
}

// A step asked for where the matter stood: judged by where it stands, and its outcome reaches who asked.
TEST_F(MoveIntents, AStepOfAMatterThatLeftIsAnsweredAndWrittenWhereItStands) {
    RecordEdit edit = new_household(village, "路灯不亮");
    edit.type = issue;
    const RecordId matter = save(world, here, edit);
    must(world.sync_all());
    const RecordId asked = must(here->propose({matter, "register", {}, {}}, world.now_ms()));
    move({matter}, other_village);
    must(world.sync_all());
    EXPECT_EQ(answer(here, asked, matter).status, IntentView::Status::accepted);
    EXPECT_EQ(must(there->read(matter)).text(casework::stage_field), "registered");
    expect_sound();
}

// Bulk.

class MergedVillages : public Moves {
protected:
    static constexpr int households = 450;
    MergedVillages() {
        for (int i = 0; i < households; ++i)
            made.push_back(save(world, here, new_household(village, "第 " + std::to_string(i) + " 户")));
        RecordEdit grid = new_household(village, "网格里的一户");
        grid.home.area.grid = 3;
        in_grid = save(world, here, grid);
        must(world.sync_all());
    }
    std::vector<RecordId> made;
    RecordId in_grid;
};

TEST_F(MergedVillages, MoveInBoundedStepsAndPhonesSyncInBetween) {
    MoveCursor cursor;
    const MoveOrder order{area(village), area(other_village), MoveOrder::Below::no};
    std::size_t moved = 0;
    while (cursor.left == MoveCursor::Left::maybe) {
        const MoveStep step = must(world.hub().move_some(order, cursor, "office", world.now_ms()));
        EXPECT_LE(step.moved, limits::move_records_max);
        moved += step.moved;
        cursor = step.next;
        must(world.sync(both));
        EXPECT_EQ(must(both->list(household, 500)).size(), households + 2U) << "each once, wherever it stands";
        must(world.sync(there));
    }
    EXPECT_EQ(moved, households + 1U);
    EXPECT_EQ(move_all(order).first, 0U) << "again: nothing is left to move";
    must(world.sync_all());
    EXPECT_EQ(must(there->list(household, 500)).size(), households + 1U);
    EXPECT_EQ(must(here->read(in_grid)).moved_to, std::nullopt) << "the grids below go only when they are named";
    EXPECT_EQ(move_all({area(village), area(other_village), MoveOrder::Below::yes}).first, 1U);
    must(world.sync_all());
    EXPECT_EQ(must(there->read(in_grid)).area, area(other_village));
    expect_sound();
}

TEST_F(MergedVillages, GoOnAfterTheOfficeWasStoppedBetweenSteps) {
    const MoveOrder order{area(village), area(other_village), MoveOrder::Below::no};
    must(world.hub().move_some(order, {}, "office", world.now_ms()));
    world.open_hub();
    EXPECT_EQ(move_all(order).first, households + 1U - limits::move_records_max);
    must(world.sync_all());
    EXPECT_EQ(must(there->list(household, 500)).size(), households + 1U);
    expect_sound();
}

TEST_F(MergedVillages, RedrawAGridByAListedSet) {
    const std::string grid = std::string(village) + "-07";
    EXPECT_EQ(move({made[0], made[1], made[1], made[2]}, grid), 3U);
    EXPECT_EQ(move({made[0], made[3]}, grid), 1U) << "what stands there already is passed over";
    must(world.sync_all());
    EXPECT_EQ(must(here->list_area(area(grid), household, {})).cards.size(), 4U);
    EXPECT_EQ(must(here->read(made[2])).area, area(grid));
    expect_sound();
}

TEST_F(Moves, OfAnUnknownRecordOrPlaceAreRefused) {
    must(world.sync_all());
    struct Row {
        const char* name;
        std::vector<RecordId> records;
        std::string_view to, code;
    };
    const Row rows[] = {{"no such record", {record(9)}, other_village, "not_found"},
                        {"no such division", {id}, "999999999999", "unknown_area"},
                        {"one too many", std::vector<RecordId>(limits::move_records_max + 1, id), other_village,
                         "invalid_argument"},
                        {"as many as may be", std::vector<RecordId>(limits::move_records_max, id), other_village, "ok"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(outcome(world.hub().move(row.records, area(row.to), "office", world.now_ms())), row.code);
    }
    EXPECT_EQ(outcome(world.hub().move_some({area(village), area(village)}, {}, "office", world.now_ms())),
              "invalid_argument");
    EXPECT_EQ(outcome(world.hub().move_some({area(village), area("999999999999")}, {}, "office", world.now_ms())),
              "unknown_area");
}

TEST_F(Moves, TakeFormsAlongWhenAnAreaIsMerged) {
    Form form;
    form.number = 7;
    form.version = 1;
    form.record_type = household;
    form.title = {"水源调查", "water"};
    form.fields.resize(1);
    form.fields[0].local = 1;
    form.fields[0].label = {"水源", "source"};
    must(world.hub().publish(form, area(village), "office", world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(there->forms().form(7), nullptr);
    move_all({area(village), area(other_village), MoveOrder::Below::no});
    must(world.sync_all());
    for (Handset* phone : {&there, &both}) EXPECT_NE((*phone)->forms().form(7), nullptr) << phone->name;
    expect_sound();
}

}  // namespace
}  // namespace doorstep::test
