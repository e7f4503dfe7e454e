// The office changes what a phone may see, or takes its access back; told to real phones through the real route.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using test::outcome;

constexpr std::string_view town = "341222101000", village = "341222101202", other_town = "341222102000";
constexpr std::uint64_t day_ms = 24ull * 60 * 60 * 1000;

Scope scope_of(std::string_view area) { return {{test::area(area)}}; }

class Regrant : public testing::Test {
protected:
    void save(const char* words) {
        static_cast<void>(test::must(phone->save({test::new_household(village, words)}, world.now_ms)));
    }
    int post(const std::string& body) {
        return world.ask("POST", "/sync/v1", body, {{"authorization", "Bearer " + phone->enrolment()->token}}).status;
    }
    const std::string label = "李明的手机";
    OfficeWorld world;
    std::unique_ptr<Phone> phone = world.enrolled("李明", town);
};

TEST_F(Regrant, IsCheckedLikeAnEnrolment) {
    Storage& office = *world.storage;
    EXPECT_EQ(outcome(office.regrant("李明", label, scope_of(village), world.now_ms)), "ok");
    EXPECT_EQ(outcome(office.regrant("李明", "another", scope_of(village), world.now_ms)), "not_found");
    EXPECT_EQ(outcome(office.regrant("王芳", label, scope_of(village), world.now_ms)), "not_found");
    EXPECT_EQ(outcome(office.regrant("李明", label, scope_of("999999999999"), world.now_ms)), "unknown_area");
    EXPECT_EQ(outcome(office.regrant("李明", label, {}, world.now_ms)), "invalid_argument");
    EXPECT_EQ(outcome(office.revoke("李明", "another", world.now_ms)), "not_found");
}

TEST_F(Regrant, ThePhoneIsToldAndWhatItHeldIsTakenInForAWhile) {
    save("收回以前写的");
    test::must(world.storage->regrant("李明", label, scope_of(other_town), world.now_ms));
    world.sync(*phone);
    EXPECT_EQ(static_cast<const Scope&>(*phone->enrolment()), scope_of(other_town));
    EXPECT_TRUE(test::must(world.storage->held(10)).empty());
    EXPECT_EQ(test::must(world.storage->list(0, 10)).size(), 1U);
    const Device device = test::must(world.storage->authenticate(phone->enrolment()->token, world.now_ms));
    ASSERT_EQ(device.former.size(), 1U);
    EXPECT_EQ(device.former[0].scope, scope_of(town));
    EXPECT_EQ(device.former[0].lost_ms, world.now_ms);
    EXPECT_EQ(test::must(phone->purge_plan()).streams.size(), 1U);
}

TEST_F(Regrant, ARevokedPhoneDrainsWithinItsQuota) {
    save("还在手机里的");
    test::must(world.storage->revoke("李明", label, world.now_ms));
    world.sync(*phone);
    ASSERT_EQ(test::must(world.storage->held(10)).size(), 1U);
    EXPECT_EQ(test::must(world.storage->held(10))[0].held.reason, Errc::revoked);
    EXPECT_EQ(test::must(phone->outbox()).only_here, 0U);
    const std::string megabyte(1 << 20, 'x');  // no request at all, but it counts
    for (std::uint64_t n = 0; n + 1 < limits::drain_bytes_a_day / megabyte.size(); ++n) ASSERT_EQ(post(megabyte), 200);
    EXPECT_EQ(post(megabyte), 429) << "what it sent before is counted too";
    world.now_ms += day_ms;
    EXPECT_EQ(post(megabyte), 200) << "another day";
}

TEST_F(Regrant, NoPhoneSpeaksForAReplicaOfTheOffice) {
    save("移交以前写的");
    world.sync(*phone);
    const RecordId record = test::must(world.storage->list(0, 1)).front().record;
    test::must(world.storage->move({record}, test::area(other_town), "管理员", world.now_ms));
    const auto phone_of_who_moved = world.enrolled("管理员", town);
    const std::string& token = phone_of_who_moved->enrolment()->token;
    const Device device = test::must(world.storage->authenticate(token, world.now_ms));
    std::size_t asked = 0;
    for (const HistoryEntry& entry : test::must(world.storage->history(record)).entries) {
        if (entry.trace.author != "管理员") continue;
        ++asked;
        EXPECT_EQ(outcome(world.storage->claim_replica(device, entry.trace.dot.replica)), "forbidden");
    }
    EXPECT_GT(asked, 0U);
}

TEST_F(Regrant, APhoneOfTheNewAreaSeesWhatTheOfficeMovedThere) {
    save("移交以前写的");
    world.sync(*phone);
    const auto other = world.enrolled("王芳", other_town);
    const MoveStep step = test::must(
        world.storage->move_some({test::area(village), test::area(other_town), {}, {}}, {}, "管理员", world.now_ms));
    EXPECT_EQ(step.moved, 1U);
    EXPECT_EQ(step.next.left, MoveCursor::Left::nothing);
    world.sync(*other);
    const auto seen = test::must(other->list(0, 10));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].area, test::area(other_town));
    world.sync(*phone);
    EXPECT_EQ(test::must(phone->read(seen[0].record)).moved_to, test::area(other_town));
    EXPECT_EQ(test::must(world.storage->move({seen[0].record}, test::area(village), "管理员", world.now_ms)), 1U);
    EXPECT_EQ(outcome(world.storage->move({seen[0].record}, test::area("999999999999"), "管理员", world.now_ms)),
              "unknown_area");
}

}  // namespace
}  // namespace doorstep::server
