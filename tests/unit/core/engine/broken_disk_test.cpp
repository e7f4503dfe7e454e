// A disk that is full or fails at any moment: the save says so, and what was saved before is whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/support/fault_vfs.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using Fault = FaultPlan::Fault;

class BrokenDisk : public testing::TestWithParam<Fault> {
protected:
    BrokenDisk() { fault_plan() = {}; }
    ~BrokenDisk() override { fault_plan() = {}; }

    /// Runs the act once to count its calls, then again with the fault at each of them in turn, until it does not
    /// strike. `act` says what came of it; `check` runs on a healed disk and is told.
    template <class Act, class Check>
    void at_every_call(const Act& act, const Check& check) {
        for (std::uint64_t at = 1;; ++at) {
            SCOPED_TRACE("call " + std::to_string(at));
            ASSERT_LT(at, 2000U);
            fault_plan() = {GetParam(), at, 0, false};
            const std::string result = act();
            const bool struck = fault_plan().struck;
            fault_plan() = {};
            check(result);
            if (testing::Test::HasFatalFailure()) return;
            if (!struck) {
                EXPECT_EQ(result, "ok");
                EXPECT_GT(at, 3U) << "the fault must have hit something";
                return;
            }
        }
    }
    std::string expected_code() const { return GetParam() == Fault::disk_full ? "disk_full" : "io"; }
};

TEST_P(BrokenDisk, ASaveSaysSoAndEarlierSavesAreWhole) {
    World world(Durability::full, fault_vfs());
    Handset& li = world.add("li", {village});
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    std::uint64_t saved = 1;
    int failed = 0;
    // Several pages, and no more with every try: a fault after the commit record leaves the save there.
    const RecordEdit edit{id,
                          household,
                          {},
                          {{field::contact, Kind::value, Op::Action::put, text(std::string(9000, 'x')), std::nullopt}}};
    at_every_call([&] { return outcome(li->save({edit}, world.now_ms())); },
                  [&](const std::string& result) {
                      if (result != "ok") {
                          EXPECT_EQ(result, expected_code());
                          ++failed;
                      }
                      world.reopen(li);
                      const Verification found = must(li->verify());
                      // A failed save is not there; one whose failure came after its commit record may be, and only
                      // whole.
                      ASSERT_TRUE(found.commits == saved + (result == "ok" ? 1 : 0) ||
                                  (result == "io" && found.commits == saved + 1));
                      saved = found.commits;
                      ASSERT_EQ(must(li->read(id)).text(field::summary), "一户三人");
                  });
    EXPECT_GT(failed, 2);
    EXPECT_TRUE(succeeds(world.sync_all()));
    EXPECT_EQ(must(world.hub().verify()).commits, saved);
}

TEST_P(BrokenDisk, TheSamePhoneGoesOnWhenTheDiskIsWellAgain) {
    World world(Durability::full, fault_vfs());
    Handset& li = world.add("li", {village});
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    int healed = 0;
    at_every_call([&] { return outcome(li->save({add_note(id, "x")}, world.now_ms())); },
                  [&](const std::string& result) {
                      ASSERT_TRUE(succeeds(li->save({add_note(id, "之后")}, world.now_ms()))) << "after " << result;
                      ASSERT_TRUE(succeeds(li->verify()));
                      ++healed;
                  });
    EXPECT_GT(healed, 3);
    EXPECT_TRUE(succeeds(world.sync_all()));
}

TEST_P(BrokenDisk, APullThatFailsAppliesNothingHalf) {
    World world(Durability::full, fault_vfs());
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    for (int i = 0; i < 3; ++i) save(world, wang, new_household(village, std::string(5000, 'x')));
    must(world.sync(wang));
    at_every_call(
        [&] {
            const std::string result = outcome(world.sync(li));
            return result;
        },
        [&](const std::string& result) {
            if (result != "ok") {
                EXPECT_EQ(result, expected_code());
            }
            world.reopen(li);
            const std::uint64_t commits = must(li->verify()).commits;
            ASSERT_TRUE(commits == 0 || commits == 3) << commits;
            if (result == "ok") {
                ASSERT_EQ(commits, 3U);
            }
        });
    must(world.sync_all());
    EXPECT_EQ(must(li->verify()).state, must(world.hub().verify()).state);
    EXPECT_EQ(disagreement(world.hub(), li), "");
}

TEST_P(BrokenDisk, APushThatFailsAtTheOfficeAcknowledgesNothing) {
    World world(Durability::full, fault_vfs());
    Handset& li = world.add("li", {village});
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    must(world.sync(li));
    for (int i = 0; i < 3; ++i) save(world, li, add_note(id, std::string(5000, 'x')));
    const Bytes request = must(li->begin_sync());
    std::uint64_t durable = 1;
    at_every_call([&] { return outcome(world.hub().exchange(li.grant, request, 1)); },
                  [&](const std::string& result) {
                      if (result != "ok") {
                          EXPECT_EQ(result, expected_code());
                      }
                      world.open_hub();
                      const std::uint64_t now = must(world.hub().store().chain_top(li->replica())).seq;
                      ASSERT_GE(now, durable);
                      if (result == "ok") {
                          ASSERT_EQ(now, 4U);
                      }
                      durable = now;
                      ASSERT_TRUE(succeeds(world.hub().verify()));
                  });
    must(world.sync_all());
    EXPECT_EQ(must(li->verify()).state, must(world.hub().verify()).state);
}

TEST_P(BrokenDisk, ABackupThatFailsCountsForNothing) {
    World world(Durability::full, fault_vfs());
    Handset& li = world.add("li", {village});
    save(world, li, new_household(village, "一户三人"));
    must(world.sync_all());
    int n = 0;
    std::string last;
    at_every_call(
        [&] {
            last = world.path("backup" + std::to_string(n++) + ".db");
            return outcome(world.hub().store().back_up(last, storage_key(1)));
        },
        [&](const std::string& result) {
            if (result == "ok") return;
            EXPECT_EQ(result, expected_code());
            // Marked or not: what is marked must be in a copy that opens.
            if (must(world.hub().store().backed_up_seq(li->replica())) == 0) return;
            Store copy = must(Store::open({last, storage_key(1), OpenMode::existing, Durability::normal, {}}));
            ASSERT_EQ(must(copy.chain_top(li->replica())).seq, 1U);
        });
}

INSTANTIATE_TEST_SUITE_P(Faults, BrokenDisk, testing::Values(Fault::disk_full, Fault::io_error),
                         [](const auto& chosen) {
                             return std::string(chosen.param == Fault::disk_full ? "DiskFull" : "IoError");
                         });

}  // namespace
}  // namespace doorstep::test
