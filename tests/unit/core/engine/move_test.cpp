// Records that move to another area: whole where they stand, nothing lost of what is written where they stood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "core/base/limits.hpp"
#include "core/casework/moving.hpp"
#include "core/casework/transitions.hpp"
#include "core/engine/blobs.hpp"
#include "core/engine/mergers.hpp"
#include "core/engine/moves.hpp"
#include "core/merge/home.hpp"
#include "core/model/origin.hpp"
#include "core/model/reserved_field.hpp"
#include "core/sync/blob_message.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/fault_vfs.hpp"
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
    /// A chain's first commit as it is, in the name of this handset's user.
    void push_first(const Handset& handset, const Chain& chain, const Commit& commit) {
        Hello hello;
        hello.replica = chain.replica();
        hello.top_seq = 1;
        PushContext context{chain.replica(), {}};
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        write_frame(request, FrameKind::push, Push{{commit}}.encode(context));
        must(world.hub().exchange(handset.grant, request, world.now_ms()));
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
    must(
        world.hub().resolve({id, field::summary, text("屋顶塌了一角"), all_dots(must(there->read(id)), field::summary)},
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

TEST_F(Moves, AnOfficeThatRunsOnACopyThatNobodyMarkedPutsTheTwoTogether) {
    world.close_hub();
    copy_database(world.hub_path(), world.path("standby.db"));  // a file, and no backup
    world.open_hub();
    must(world.sync(here));
    move({id}, other_village);
    must(world.sync(there));
    world.close_hub();
    copy_database(world.path("standby.db"), world.hub_path());
    world.open_hub();
    must(world.sync(there));
    world.close_hub();  // what it noticed outlives it
    world.open_hub();
    must(world.sync(here));
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
        return must(
            who->propose({what.value_or(id), std::string(casework::move_step), std::string(to), {}}, world.now_ms()));
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

TEST_F(MoveIntents, MayBeFollowedByAStepInTheSamePush) {
    RecordEdit edit = new_household(village, "路灯不亮");
    edit.type = issue;
    const RecordId matter = save(world, both, edit);
    must(world.sync_all());
    const RecordId moved = ask(both, other_village, matter);
    const RecordId step = must(both->propose({matter, "register", {}, {}}, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(answer(both, moved, matter).status, IntentView::Status::accepted);
    EXPECT_EQ(answer(both, step, matter).status, IntentView::Status::accepted);
    EXPECT_EQ(must(there->read(matter)).area, area(other_village));
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
    const MoveOrder order{area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::no};
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
    EXPECT_EQ(move_all({area(village), area(other_village), MoveOrder::Below::yes, MoveOrder::Later::no}).first, 1U);
    must(world.sync_all());
    EXPECT_EQ(must(there->read(in_grid)).area, area(other_village));
    expect_sound();
}

TEST_F(MergedVillages, GoOnAfterTheOfficeWasStoppedBetweenSteps) {
    const MoveOrder order{area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::no};
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
    const Row rows[] = {
        {"no such record", {record(9)}, other_village, "not_found"},
        {"no such division", {id}, "999999999999", "unknown_area"},
        {"one too many", std::vector<RecordId>(limits::move_records_max + 1, id), other_village, "invalid_argument"},
        {"as many as may be", std::vector<RecordId>(limits::move_records_max, id), other_village, "ok"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(outcome(world.hub().move(row.records, area(row.to), "office", world.now_ms())), row.code);
    }
    EXPECT_EQ(outcome(world.hub().move_some({area(village), area(village), {}, {}}, {}, "office", world.now_ms())),
              "invalid_argument");
    EXPECT_EQ(
        outcome(world.hub().move_some({area(village), area("999999999999"), {}, {}}, {}, "office", world.now_ms())),
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
    move_all({area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::no});
    must(world.sync_all());
    for (Handset* phone : {&there, &both}) EXPECT_NE((*phone)->forms().form(7), nullptr) << phone->name;
    expect_sound();
}

// What is too large for one part, or nearly.

TEST_F(Moves, CarryTheLargestSavesInPieces) {
    RecordEdit many{id, household, {}, {}};
    for (std::size_t i = 0; i < limits::record_ops_max; ++i)
        many.fields.push_back({field::notes, Kind::log, Op::Action::put, text("第 " + std::to_string(i) + " 行"), {}});
    save(world, here, many);
    RecordEdit large{id, household, {}, {}};
    const std::string words(limits::value_bytes_max, 'x');
    for (const std::uint32_t at : {field::summary, field::address})
        large.fields.push_back({at, Kind::value, Op::Action::put, text(words), {}});
    large.fields.push_back({field::notes, Kind::log, Op::Action::put, text(std::string(60'000, 'y')), {}});
    save(world, here, large);
    must(world.sync_all());
    move({id}, other_village);
    must(world.sync_all());
    Store& office = world.hub().store();
    EXPECT_EQ(state_in(office, id, other_village).pack(), state_in(office, id, village).pack())
        << "every line at its place";
    EXPECT_EQ(said(must(there->read(id))), said(must(both->read(id))));
    EXPECT_EQ(must(there->history(id)).size(), must(both->history(id)).size());
    expect_sound();
}

TEST(LayOut, CopiesEachPartForItself) {
    const auto piece = [](int record_n, int copied_n) {
        Origin origin;
        origin.dot = dot(1, static_cast<std::uint64_t>(copied_n));
        origin.area = area(county);
        origin.author = "li";
        return RecordOps{
            record(record_n), household, {put(field::summary, Kind::value, text("x")), must(origin_op(origin))}};
    };
    const std::vector<Part> parts = lay_out({{stream(village), {piece(2, 9), piece(2, 1), piece(2, 1)}},
                                             {stream(other_village), {piece(3, 1)}},
                                             {stream(village), {piece(1, 9), piece(1, 1), piece(1, 2)}}});
    std::vector<std::string> found;
    for (const Part& part : parts) {
        std::string line =
            part.stream.area.text() + ", part " + std::to_string(origin_of(part.records[0])->dot.seq) + ":";
        for (const RecordOps& ops : part.records) {
            EXPECT_EQ(origin_of(ops)->dot, origin_of(part.records[0])->dot) << "one part is copied";
            line += " " + std::to_string(static_cast<int>(ops.record.bytes[0]));
        }
        found.push_back(line);
        EXPECT_TRUE(succeeds(Part::unpack(part.pack())));
    }
    EXPECT_THAT(found, ElementsAre("341222101202, part 9: 1 2", "341222101205, part 1: 3", "341222101202, part 1: 1 2",
                                   "341222101202, part 1: 2", "341222101202, part 2: 1"))
        << "the move of all comes first; two pieces of one record lie in two parts";
}

TEST(LayOut, KeepsToTheLimitsOfAPart) {
    Origin origin;
    origin.dot = dot(1, 1);
    origin.author = std::string(limits::author_bytes_max, 'l');
    std::vector<Carry> many;
    for (std::size_t i = 0; i <= limits::part_records_max; ++i) {
        RecordOps piece{record(1), household, {put(field::summary, Kind::value, text("x")), must(origin_op(origin))}};
        piece.record.bytes[0] = static_cast<char>(i >> 8);
        piece.record.bytes[1] = static_cast<char>(i);
        many.push_back({stream(village), {std::move(piece)}});
    }
    std::size_t records = 0;
    for (const Part& part : lay_out(std::move(many))) {
        EXPECT_LE(part.records.size(), limits::part_records_max);
        EXPECT_LE(part.pack().size(), limits::commit_bytes_max - 1024);
        records += part.records.size();
    }
    EXPECT_EQ(records, limits::part_records_max + 1);
}

// Who may not see, and who may not say.

class MovesOfCompartments : public Moves {
protected:
    static Scope scope_of(std::string_view where, Scope::Restricted restricted, std::vector<RecordId> sealed) {
        Scope out;
        out.areas = {area(where)};
        out.restricted = restricted;
        out.sealed = std::move(sealed);
        return out;
    }
    RecordId matter = record(3);
    Handset& chief = world.enrol("chief", scope_of(county, Scope::Restricted::yes, {matter}));
};

TEST_F(MovesOfCompartments, NothingOfThemIsInAnyAnswerOrFileOutside) {
    std::vector<RecordId> all{id};
    std::vector<std::string> secrets;
    for (const Compartment& compartment : {Compartment{CKind::restricted, {}}, Compartment{CKind::sealed, matter}}) {
        RecordEdit edit = new_household(village, "机密之一 " + std::to_string(static_cast<int>(compartment.kind)));
        edit.home.compartment = compartment;
        secrets.push_back("机密之一 " + std::to_string(static_cast<int>(compartment.kind)));
        all.push_back(save(world, chief, edit));
    }
    must(world.sync_all());
    Handset& sees_restricted = world.enrol("sees restricted", scope_of(other_village, Scope::Restricted::yes, {}));
    Handset& sees_matter = world.enrol("sees the matter", scope_of(other_village, Scope::Restricted::no, {matter}));
    EXPECT_EQ(move_all({area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::no}).first, 3U);
    save(world, chief, add_note(all[1], "机密之二 1")), save(world, chief, add_note(all[2], "机密之二 2"));
    must(world.sync(chief));
    Bytes answers;
    for (Handset* phone : {&here, &there, &both, &sees_restricted, &sees_matter}) {
        SCOPED_TRACE(phone->name);
        Bytes answer;
        must(world.sync(*phone, [&](std::size_t n, Bytes message) {
            if (n % 2 == 1) answer += message;
            return std::optional<Bytes>(std::move(message));
        }));
        const bool restricted = phone == &sees_restricted, sealed = phone == &sees_matter;
        for (const char* words : {"机密之一 1", "机密之二 1"}) EXPECT_EQ(answer.find(words) != Bytes::npos, restricted);
        for (const char* words : {"机密之一 2", "机密之二 2"}) EXPECT_EQ(answer.find(words) != Bytes::npos, sealed);
        for (int kind : {1, 2}) {
            const auto view = (*phone)->read(all[static_cast<std::size_t>(kind)]);
            EXPECT_EQ(view ? "seen" : "not there",
                      (kind == 1 ? restricted : sealed) ? std::string("seen") : "not there");
        }
        EXPECT_TRUE((*phone)->read(id)) << "the open one is told of";
    }
    EXPECT_THAT(texts(must(sees_restricted->read(all[1])), field::notes), ElementsAre("机密之二 1"));
    EXPECT_THAT(texts(must(sees_matter->read(all[2])), field::notes), ElementsAre("机密之二 2"));
    expect_sound();
}

// A phone that says where a record belongs, or that words are another's, has that part held.
TEST_F(Moves, OnlyTheOfficeSaysWhereARecordBelongsAndWhoseWordsItCarries) {
    must(world.sync_all());
    for (const std::uint32_t at : {reserved_field::home, reserved_field::origin}) {
        Chain chain(replica(70 + static_cast<int>(at % 7)), "here");
        Origin origin;
        origin.dot = dot(5, 5);
        origin.area = area(village);
        origin.author = "somebody else";
        const Op said =
            at == reserved_field::home ? put(at, Kind::state, text(other_village)) : must(origin_op(origin));
        const Commit commit = chain.commit(
            {part(stream(village), {{id, household, {put(field::summary, Kind::value, text("冒名")), said}}})});
        push_first(here, chain, commit);
        EXPECT_EQ(outcome(here->save({{id, household, {}, {{at, Kind::state, Op::Action::put, said.value, {}}}}},
                                     world.now_ms())),
                  "forbidden");
    }
    EXPECT_EQ(must(world.hub().held(10)).size(), 2U);
    EXPECT_THAT(texts(office_view(world.hub(), id), field::summary), ElementsAre("一户三人"));
}

// An id that somebody gave a second time, in an area of his own, moves by itself and takes nothing along.
TEST_F(Moves, AForgedTwinTakesNothingAlong) {
    must(world.sync_all());
    Handset& thief = world.add("thief", {far_village, other_town});
    Chain chain(replica(71), "thief");
    const std::vector<Dot> seen = all_dots(office_view(world.hub(), id), field::summary);
    const Commit commit = chain.commit(
        {part(stream(far_village), {{id, household, {put(field::summary, Kind::value, text("赝品"), seen)}}})});
    push_first(thief, chain, commit);
    must(world.sync_all());
    const RecordId asked =
        must(thief->propose({id, std::string(casework::move_step), std::string(other_town), {}}, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(thief->intents(id)).front().intent, asked);
    EXPECT_EQ(must(thief->intents(id)).front().status, IntentView::Status::accepted);
    EXPECT_THAT(texts(must(thief->read(id)), field::summary), ElementsAre("赝品"));
    EXPECT_THAT(at(here, field::summary), ElementsAre("一户三人"));
    EXPECT_EQ(must(here->read(id)).moved_to, std::nullopt);
    // The real one is moved too; each stays with its own.
    EXPECT_EQ(outcome(world.hub().move({id}, area(other_village), "office", world.now_ms())), "invalid_argument");
    EXPECT_EQ(move_all({area(village), area(other_village), {}, {}}).first, 1U);
    must(world.sync_all());
    EXPECT_THAT(at(there, field::summary), ElementsAre("一户三人"));
    EXPECT_THAT(texts(must(thief->read(id)), field::summary), ElementsAre("赝品"));
    expect_sound();
}

TEST_F(Moves, TakeAttachmentsIntoTheNewAreasSight) {
    constexpr std::uint32_t pictures = 9;
    const BlobNo draft = must(here->blobs().begin());
    must(here->blobs().append(draft, "a picture"));
    const BlobName blob = must(here->blobs().finish(draft, "image/jpeg"));
    save(world, here, {id, household, {}, {{pictures, Kind::set, Op::Action::put, must(Value::attachment(blob)), {}}}});
    must(world.sync_all());
    const auto ask = [&](const Handset& who) {
        Bytes request;
        write_frame(request, FrameKind::blob_get, BlobGet{blob.hash, 0}.encode());
        const Bytes answer = must(world.hub().blobs(1 << 20).answer(who.grant, request, world.now_ms()));
        return error_name(static_cast<Errc>(must(BlobRefused::decode(must(FrameReader(answer).next())->payload)).code));
    };
    EXPECT_EQ(ask(there), "not_found");
    move({id}, other_village);
    EXPECT_EQ(ask(there), "not_here_yet") << "named to it, and on its way";
}

// The office dies at any step of a bulk move.

TEST(BrokenMoves, AStoppedStepIsWholeOrNotThereAndTheNextRunGoesOn) {
    fault_plan() = {};
    World world(Durability::full, fault_vfs());
    Handset& here = world.add("here", {village});
    Handset& there = world.add("there", {other_village});
    std::vector<RecordId> made;
    constexpr int households = 30;
    for (int i = 0; i < households; ++i) made.push_back(save(world, here, new_household(village, std::to_string(i))));
    must(world.sync_all());
    const MoveOrder order{area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::no};
    int struck = 0;
    for (std::uint64_t nth = 1;; ++nth) {
        ASSERT_LT(nth, 2000U);
        fault_plan() = {FaultPlan::Fault::io_error, nth, 0, false};
        const auto step = world.hub().move_some(order, {}, "office", world.now_ms());
        const bool hit = fault_plan().struck;
        fault_plan() = {};
        world.open_hub();  // as after a crash: what the log holds is what there is
        ASSERT_TRUE(must(diagnose(world.hub().store())).sound()) << nth;
        std::size_t gone = 0;
        for (const RecordId& record : made) {
            gone += office_view(world.hub(), record).area == area(other_village) ? 1U : 0U;
            ASSERT_TRUE(must(missing_carries(world.hub().store(), record)).empty());
        }
        ASSERT_TRUE(gone == 0 || gone == made.size()) << "one transaction";
        struck += step ? 0 : 1;
        if (gone == made.size()) {  // move them back, so that the next fault meets the same work
            if (!hit) break;
            must(world.hub().move(made, area(village), "office", world.now_ms()));
        }
    }
    EXPECT_GT(struck, 3) << "the faults must have hit something";
    must(world.sync_all());
    EXPECT_EQ(must(there->list(household, 100)).size(), made.size());
    EXPECT_EQ(must(here->read(made[7])).moved_to, area(other_village));
    EXPECT_EQ(disagreement(world.hub(), there), "");
}

/// In a process of its own, killed at that call to the file system: moves the records twenty at a time. Whether it was.
bool killed_while_moving(const World& world, const std::vector<RecordId>& made, std::uint64_t at) {
    const pid_t child = fork();
    if (child == 0) {
        fault_plan() = {FaultPlan::Fault::kill, at, 0, false};
        auto hub = Hub::open(world.hub_options(), fresh_seed(), some_divisions());
        bool good = static_cast<bool>(hub);
        for (std::size_t i = 0; i < made.size() && good; i += 20)
            good = static_cast<bool>(hub.value()->move(
                {made.begin() + static_cast<std::ptrdiff_t>(i), made.begin() + static_cast<std::ptrdiff_t>(i + 20)},
                area(other_village), "office", 1'763'700'000'000));
        _exit(good ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "at call " << at;
    return WIFSIGNALED(status);
}

TEST(BrokenMoves, AnOfficeKilledAtAnyStepGoesOnWhereItWas) {
    fault_plan() = {};
    World world(Durability::full, fault_vfs());
    Handset& here = world.add("here", {village});
    Handset& there = world.add("there", {other_village});
    std::vector<RecordId> made;
    for (int i = 0; i < 60; ++i) made.push_back(save(world, here, new_household(village, std::to_string(i))));
    must(world.sync_all());
    must(world.hub().store().back_up(world.path("before.db"), storage_key(1)));
    std::set<std::size_t> reached;
    std::uint64_t at = 1, killed = 0;
    for (;; at += 7) {
        world.close_hub();
        copy_database(world.path("before.db"), world.hub_path());
        const bool died = killed_while_moving(world, made, at);
        world.open_hub();
        ASSERT_TRUE(must(diagnose(world.hub().store())).sound()) << at;
        std::size_t gone = 0;
        for (const RecordId& record : made) {
            gone += office_view(world.hub(), record).area == area(other_village) ? 1U : 0U;
            ASSERT_TRUE(must(missing_carries(world.hub().store(), record)).empty());
        }
        ASSERT_EQ(gone % 20, 0U) << "whole steps, at call " << at;
        reached.insert(gone);
        if (!died) break;
        ++killed;
    }
    EXPECT_GT(killed, 10U);
    EXPECT_EQ(reached, (std::set<std::size_t>{0, 20, 40, 60})) << "it must have died in each step";
    const MoveOrder order{area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::no};
    for (MoveCursor cursor; cursor.left == MoveCursor::Left::maybe;)
        cursor = must(world.hub().move_some(order, cursor, "office", world.now_ms())).next;
    must(world.sync_all());
    EXPECT_EQ(must(there->list(household, 100)).size(), made.size());
    EXPECT_EQ(disagreement(world.hub(), there), "");
    EXPECT_EQ(disagreement(world.hub(), here), "");
}

// An area that is no more.

TEST_F(Moves, WhatIsStillMadeInAMergedAreaFollows) {
    Handset& far = world.add("far", {far_village});
    must(world.sync_all());
    const auto merge = [&](std::string_view from, std::string_view to) {
        move_all({area(from), area(to), MoveOrder::Below::yes, MoveOrder::Later::yes});
    };
    merge(village, other_village);
    RecordEdit in_grid = new_household(village, "不知道已经合并");
    in_grid.home.area.grid = 3;
    const RecordId late = save(world, here, in_grid);
    world.open_hub();  // the order outlives the program
    must(world.sync_all());
    EXPECT_EQ(must(there->read(late)).area, area(other_village));
    EXPECT_EQ(must(here->read(late)).moved_to, area(other_village));
    // Merged once more, and what comes late goes all the way.
    merge(other_village, far_village);
    const RecordId later = save(world, here, new_household(village, "两次合并以后"));
    must(world.sync_all());
    for (const RecordId& record : {id, late, later}) EXPECT_EQ(must(far->read(record)).area, area(far_village));
    // Taken back: nothing goes round in a circle.
    merge(far_village, village);
    must(world.sync(here));
    save(world, here, add_note(id, "回来了"));
    const RecordId last = save(world, here, new_household(village, "回来以后"));
    must(world.sync_all());
    for (const RecordId& record : {id, late, later, last}) EXPECT_EQ(must(here->read(record)).area, area(village));
    expect_sound();
}

TEST_F(Moves, WhatOnePushMakesAndEditsInAMergedAreaFollows) {
    must(world.sync_all());
    move_all({area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::yes});
    const RecordId late = save(world, here, new_household(village, "不知道已经合并"));
    save(world, here, set_text(late, field::summary, "同一次上传里的修改"));
    must(world.sync(here));
    must(world.sync(there));
    EXPECT_EQ(must(there->read(late)).area, area(other_village));
    EXPECT_EQ(texts(must(there->read(late)), field::summary), std::vector<std::string>{"同一次上传里的修改"});
    expect_sound();
}

TEST(Mergers, AreFollowedAsFarAsTheyGo) {
    const MoveOrder orders[] = {{area(village), area(other_village), MoveOrder::Below::no, MoveOrder::Later::yes},
                                {area(other_village), area(other_town), MoveOrder::Below::yes, MoveOrder::Later::yes}};
    struct Row {
        const char* name;
        std::string_view from, to;
    };
    const Row rows[] = {{"two steps", village, other_town},
                        {"a grid of an area that was merged alone", "341222101202-01", ""},
                        {"a grid of one that was merged with all below it", "341222101205-01", other_town},
                        {"the end of the way", other_town, ""},
                        {"none of them", far_village, ""}};
    for (const Row& row : rows) {
        const auto to = merged_into({std::begin(orders), std::end(orders)}, area(row.from));
        EXPECT_EQ(to ? to->text() : "", row.to) << row.name;
    }
}

TEST_F(Moves, AsManyMergersAsAnOfficeKeepsAndOneMore) {
    Store& store = world.hub().store();
    Transaction transaction = must(Transaction::begin(store.database()));
    const auto order = [](std::size_t n) {
        const Area from{area(village).division, static_cast<std::uint32_t>(n + 1)};
        return MoveOrder{from, area(other_village), MoveOrder::Below::no, MoveOrder::Later::yes};
    };
    for (std::size_t n = 0; n < limits::mergers_max; ++n) ASSERT_TRUE(add_merger(store, order(n)));
    EXPECT_EQ(outcome(add_merger(store, order(limits::mergers_max))), "invalid_argument");
    EXPECT_EQ(outcome(add_merger(store, order(0))), "ok") << "the same again takes no room";
    EXPECT_EQ(must(read_mergers(store)).size(), limits::mergers_max);
    must(transaction.commit());
    EXPECT_EQ(must(read_mergers(store)).size(), limits::mergers_max);
}

}  // namespace
}  // namespace doorstep::test
