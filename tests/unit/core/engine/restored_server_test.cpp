// The office comes back from an older backup: phones bring again what it lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
