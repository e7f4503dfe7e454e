// The office comes back from an older backup: phones bring again what it lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/stream_chain.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class RestoredServer : public testing::Test {
protected:
    RestoredServer() {
        household_id = save(world, li, new_household(village, "一户三人"));
        must(world.sync_all());
    }
    void back_up() { must(world.hub().store().back_up(world.path("backup.db"), storage_key(1))); }
    void restore() {
        world.close_hub();
        copy_database(world.path("backup.db"), world.hub_path());
        world.open_hub();
    }
    void expect_agreement() {
        EXPECT_TRUE(succeeds(world.sync_all()));
        EXPECT_EQ(must(li->verify()).state, must(world.hub().verify()).state);
        EXPECT_EQ(must(wang->verify()).state, must(world.hub().verify()).state);
        EXPECT_EQ(disagreement(world.hub(), li), "");
        EXPECT_EQ(disagreement(world.hub(), wang), "");
    }
    void expect_everybody_agrees() {
        EXPECT_TRUE(succeeds(world.sync_all()));
        EXPECT_TRUE(succeeds(world.hub().verify()));
        for (const auto& handset : world.handsets()) {
            EXPECT_EQ(disagreement(world.hub(), *handset), "");
            EXPECT_TRUE(succeeds((*handset)->verify()));
        }
    }
    std::vector<std::string> office(std::uint32_t field) {
        return texts(office_view(world.hub(), household_id), field);
    }
    Status decide(const std::string& words) {
        return world.hub().resolve({household_id, field::summary, text(words),
                                    all_dots(office_view(world.hub(), household_id), field::summary)},
                                   "office", world.now_ms());
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId household_id;
};

TEST_F(RestoredServer, PhonesPushTheirOwnCommitsAgain) {
    back_up();
    save(world, li, set_text(household_id, field::summary, "备份以后李的话"));
    save(world, wang, add_need(household_id, "备份以后王的需求"));
    must(world.sync_all());
    restore();
    ASSERT_THAT(office(field::summary), ElementsAre("一户三人"));
    expect_agreement();
    EXPECT_THAT(office(field::summary), ElementsAre("备份以后李的话"));
    EXPECT_THAT(office(field::needs), ElementsAre("备份以后王的需求"));
    EXPECT_EQ(must(world.hub().verify()).commits, 3U);
}

TEST_F(RestoredServer, APhoneWithNewWorkPushesOldAndNew) {
    back_up();
    for (int i = 0; i < 5; ++i) save(world, li, add_note(household_id, "旧 " + std::to_string(i)));
    must(world.sync_all());
    restore();
    for (int i = 0; i < 5; ++i) save(world, li, add_note(household_id, "新 " + std::to_string(i)));
    expect_agreement();
    EXPECT_EQ(office(field::notes).size(), 10U);
    EXPECT_EQ(must(li->outbox()).only_here, 0U);
}

TEST_F(RestoredServer, OutboxTellsThatCommitsAreOnlyHereAgain) {
    back_up();
    EXPECT_EQ(must(li->outbox()).backed_up, 0U);
    must(world.sync(li));
    EXPECT_EQ(must(li->outbox()).backed_up, 1U);
    save(world, li, add_note(household_id, "备份以后"));
    must(world.sync(li));
    EXPECT_EQ(must(li->outbox()).backed_up, 1U);
    EXPECT_EQ(must(li->outbox()).received, 1U);
    restore();
    const Bytes request = must(li->begin_sync());
    must(li->continue_sync(must(world.hub().exchange(li.grant, request, 1)), 1));  // heard, not yet pushed
    EXPECT_EQ(must(li->outbox()).only_here, 1U);
}

TEST_F(RestoredServer, ToBeforeTheFirstSyncStartsEveryStreamOver) {
    world.close_hub();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(world.hub_path() + suffix);
    world.open_hub();  // an empty office
    save(world, wang, add_need(household_id, "空服务器以后"));
    expect_agreement();
    EXPECT_THAT(office(field::summary), ElementsAre("一户三人"));
    EXPECT_THAT(office(field::needs), ElementsAre("空服务器以后"));
}

TEST_F(RestoredServer, SequenceNumbersUsedAgainAreSeenByTheirDigest) {
    back_up();
    save(world, li, add_note(household_id, "第一次占用这个序号"));
    must(world.sync_all());
    restore();
    save(world, wang, add_note(household_id, "第二次占用这个序号"));
    must(world.sync(wang));  // the same position, another commit
    expect_agreement();
    EXPECT_THAT(office(field::notes), UnorderedElementsAre("第一次占用这个序号", "第二次占用这个序号"));
}

// sync.md, "Epoch" and protocol 5: the server writes as one replica per (epoch, area). A decision made after a restore
// must not have the dot of a decision that the backup had lost.
TEST_F(RestoredServer, ADecisionAfterItHasNotTheDotOfOneThatWasLost) {
    save(world, li, set_text(household_id, field::summary, "李的话"));
    save(world, wang, set_text(household_id, field::summary, "王的话"));
    must(world.sync_all());
    back_up();
    ASSERT_TRUE(succeeds(decide("第一次决定")));
    must(world.sync_all());
    restore();
    ASSERT_TRUE(succeeds(decide("第二次决定")));
    EXPECT_TRUE(succeeds(world.sync(li)));
    EXPECT_TRUE(succeeds(world.sync(wang)));
    for (Handset* handset : {&li, &wang}) {
        const auto shown = texts(must((*handset)->read(household_id)), field::summary);
        EXPECT_THAT(shown, testing::Contains("第二次决定"));
        EXPECT_THAT(history_texts(must((*handset)->history(household_id))),
                    testing::IsSupersetOf({"第一次决定", "第二次决定"}));
    }
}

// sync.md, protocol 5: phones OFFER what a restored server lacks, any author's commits.
TEST_F(RestoredServer, AnotherPhoneBringsTheCommitsOfOneThatIsGone) {
    back_up();
    save(world, li, set_text(household_id, field::summary, "李的话"));
    const RecordId later = save(world, li, new_household(village, "李新建的一户"));
    must(world.sync_all());
    restore();
    ASSERT_THAT(office(field::summary), ElementsAre("一户三人"));
    must(world.sync(wang));  // li's phone lies in the river
    EXPECT_THAT(office(field::summary), ElementsAre("李的话"));
    EXPECT_THAT(texts(office_view(world.hub(), later), field::summary), ElementsAre("李新建的一户"));
    EXPECT_TRUE(must(world.hub().unproved(10)).empty());
    EXPECT_EQ(disagreement(world.hub(), wang), "") << "the old order is the new one";
    must(world.sync(wang));
    EXPECT_EQ(wang->sync_report().round_trips, 1U);
    expect_agreement();
    EXPECT_EQ(must(world.hub().verify()).commits, 3U);
}

TEST_F(RestoredServer, WhatWasBroughtJoinsWhatCameMeanwhile) {
    back_up();
    save(world, li, add_note(household_id, "李：备份以后"));
    must(world.sync_all());
    restore();
    Handset& zhao = world.add("zhao", {village});
    save(world, zhao, new_household(village, "赵的一户"));
    must(world.sync(zhao));
    must(world.sync(wang));
    EXPECT_THAT(office(field::notes), ElementsAre("李：备份以后"));
    EXPECT_EQ(disagreement(world.hub(), wang), "");
    must(world.sync_all());
    expect_agreement();
    EXPECT_EQ(disagreement(world.hub(), zhao), "");
}

TEST_F(RestoredServer, ADecisionOfTheOfficeThatTheBackupLacksComesBack) {
    save(world, li, set_text(household_id, field::summary, "李的话"));
    save(world, wang, set_text(household_id, field::summary, "王的话"));
    must(world.sync_all());
    back_up();
    must(decide("办公室的决定"));
    must(world.sync_all());
    restore();
    ASSERT_EQ(office(field::summary).size(), 2U);
    expect_agreement();
    EXPECT_THAT(office(field::summary), ElementsAre("办公室的决定"));
}

TEST_F(RestoredServer, APartBroughtWithoutItsOthersIsMadeWholeByItsAuthor) {
    Handset& zhao = world.add("zhao", {village, other_village});
    world.add("qian", {other_village});
    back_up();
    must(zhao->save({new_household(village, "赵在八里"), new_household(other_village, "赵在范庙")}, world.now_ms()));
    save(world, zhao, new_household(village, "赵的第二次保存"));
    must(world.sync_all());
    restore();
    must(world.sync(wang));  // brings only what lies in 八里村
    EXPECT_EQ(must(world.hub().store().whole_top(zhao->replica())).seq, 0U);
    EXPECT_EQ(must(world.hub().store().chain_top(zhao->replica())).seq, 2U);
    must(world.sync(zhao));
    EXPECT_EQ(must(world.hub().store().whole_top(zhao->replica())).seq, 2U);
    expect_everybody_agrees();
}

TEST_F(RestoredServer, APartBroughtWithoutItsOthersIsMadeWholeByAnotherPhone) {
    Handset& zhao = world.add("zhao", {village, other_village});
    Handset& qian = world.add("qian", {other_village});
    back_up();
    must(zhao->save({new_household(village, "赵在八里"), new_household(other_village, "赵在范庙")}, world.now_ms()));
    must(world.sync_all());
    restore();
    must(world.sync(wang));
    EXPECT_EQ(must(world.hub().store().whole_top(zhao->replica())).seq, 0U);
    must(world.sync(qian));
    EXPECT_EQ(must(world.hub().store().whole_top(zhao->replica())).seq, 1U);
    expect_everybody_agrees();
}

/// A BRING as a phone would send it, in wang's name.
Bytes request_with(const Bring& bring) {
    Hello hello;
    hello.replica = replica(77);
    Bytes request;
    write_frame(request, FrameKind::hello, hello.encode());
    write_frame(request, FrameKind::bring, bring.encode());
    return request;
}

TEST_F(RestoredServer, WhatNobodyCanProveWaitsForTheOffice) {
    back_up();
    save(world, li, set_text(household_id, field::summary, "李的话"));
    must(world.sync_all());
    const StreamMark mark = must(world.hub().store().stream_mark(stream(village)));
    const Commit genuine = must(world.hub().store().find_commit({li->replica(), 2})).value();
    const Hash tag = receipt_tag("the office's receipt key", stream(village), 2, mark.chain);
    const Hash base = must(world.hub().store().chain_at(mark.no, 1));
    restore();
    Commit forged = genuine;
    forged.parts = {summary_part(village, 1, "李没有说过的话").pack()};
    forged.header.parts = {part_hash(forged.parts.front())};
    const Bring good{stream(village), 1, base, tag, {genuine}};
    Bring other_words = good, no_tag = good, other_place = good, other_base = good;
    other_words.entries = {forged};
    no_tag.tag.reset();
    no_tag.entries = {forged};
    other_place.after = 2;
    other_place.entries = {forged};
    other_base.base = id_of<Hash>(1);
    other_base.entries = {forged};
    for (const Bring& bad : {other_words, no_tag, other_place, other_base}) {
        must(world.hub().exchange(wang.grant, request_with(bad), 1));
        EXPECT_THAT(office(field::summary), ElementsAre("一户三人"));
        EXPECT_EQ(must(world.hub().unproved(10)).size(), 1U);
    }
    must(world.hub().exchange(wang.grant, request_with(good), 1));
    EXPECT_THAT(office(field::summary), ElementsAre("李的话")) << "a forgery takes nobody's place";
    must(world.hub().exchange(wang.grant, request_with(good), 1));
    EXPECT_EQ(must(world.hub().verify()).commits, 2U) << "again: no effect";
    Grant stranger;
    stranger.author = "stranger";
    stranger.areas = {area(far_village)};
    must(world.hub().exchange(stranger, request_with(no_tag), 1));
    EXPECT_EQ(must(world.hub().unproved(10)).size(), 1U) << "outside its areas nothing is even kept";
}

TEST_F(RestoredServer, IsANewEpochWhetherItsHostSaysSoOrTheFileDoes) {
    const EpochId before = world.hub().epoch();
    back_up();
    world.open_hub();
    EXPECT_EQ(world.hub().epoch(), before) << "opened again";
    must(world.hub().restored());
    const EpochId told = world.hub().epoch();
    EXPECT_NE(told, before);
    restore();
    EXPECT_NE(world.hub().epoch(), before);
    EXPECT_NE(world.hub().epoch(), told);
    const EpochId seen = world.hub().epoch();
    world.open_hub();
    EXPECT_EQ(world.hub().epoch(), seen);
}

TEST_F(RestoredServer, BackedUpMarkIsToldForEachStream) {
    back_up();
    EXPECT_EQ(must(world.hub().store().stream_mark(stream(village))).backed_up, 1U);
    save(world, li, add_note(household_id, "备份以后"));
    must(world.sync_all());
    EXPECT_EQ(must(world.hub().store().stream_mark(stream(village))).backed_up, 1U);
    EXPECT_EQ(must(wang->streams()).front().backed_up, 1U);
}

TEST_F(RestoredServer, ABackupHoldsWhatItSaysAndOpensAlone) {
    back_up();
    save(world, li, add_note(household_id, "备份以后"));
    must(world.sync_all());
    EXPECT_EQ(must(world.hub().store().backed_up_seq(li->replica())), 1U);
    DatabaseOptions options = world.hub_options();
    options.path = world.path("backup.db");
    options.mode = OpenMode::existing;
    auto copy = must(Hub::open(options, fresh_seed(), some_divisions()));
    EXPECT_EQ(must(copy->verify()).commits, 1U);
    EXPECT_EQ(must(copy->store().chain_top(li->replica())).seq, 1U);
}

}  // namespace
}  // namespace doorstep::test
