// An order to erase, through the storage and the routes that phones and the office's page use; and the list as a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "server/storage/erasure_file.hpp"
#include "tests/unit/core/support/erasure_run.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using test::outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view town = "341222101000", village = "341222101202";

class ErasureFileTest : public testing::Test {
protected:
    test::Scratch scratch;
    const std::string path = scratch.path("erasures.list");
};

TEST_F(ErasureFileTest, KeepsWhatWasAdded) {
    EXPECT_THAT(must(ErasureFile(path).read()), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(path)) << "reading makes nothing";
    must(ErasureFile(path).append({"one"}));
    must(ErasureFile(path).append({""}));
    must(ErasureFile(path).append({Bytes(2 * limits::commit_bytes_max, 'x')}));
    const auto entries = must(ErasureFile(path).read());
    EXPECT_THAT(entries, ElementsAre("one", "", Bytes(2 * limits::commit_bytes_max, 'x')));
    EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::mask,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ErasureFileTest, IsNeverReadShort) {
    must(ErasureFile(path).append({"first"}));
    must(ErasureFile(path).append({"second"}));
    const std::string whole = test::read_file(path);
    const std::size_t first_ends = whole.size() - 11;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        test::write_file(path, whole.substr(0, size));
        const bool ends_between = size == first_ends || size == first_ends - 10;
        EXPECT_EQ(outcome(ErasureFile(path).read()), ends_between ? "ok" : "corrupt") << size;
        if (ends_between) continue;
        EXPECT_EQ(outcome(ErasureFile(path).append({"x"})), "corrupt");
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        test::write_file(path, flipped);
        EXPECT_EQ(outcome(ErasureFile(path).read()), "corrupt") << at;
    }
}

TEST_F(ErasureFileTest, ATornCopyBesideItChangesNothing) {
    must(ErasureFile(path).append({"first"}));
    test::write_file(path + ".tmp", "torn");
    EXPECT_THAT(must(ErasureFile(path).read()), ElementsAre("first"));
    must(ErasureFile(path).append({"second"}));
    EXPECT_THAT(must(ErasureFile(path).read()), ElementsAre("first", "second"));
}

TEST(ErasureRoute, TheWordsLeaveEveryAnswerAndThePageSaysWhy) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", town);
    const RecordId kept = must(phone->save({test::new_household(village, "一户三人")}, world.now_ms)).front();
    must(phone->save({test::set_text(kept, 4, "该清除的话")}, world.now_ms));
    world.sync(*phone);
    world.now_ms += 1000;
    const ErasureOrder order{{phone->replica(), 2}, test::stream(village), {}, "个人信息保护法第四十七条", "县<法院>"};
    EXPECT_EQ(outcome(world.storage->erase(order, "管理员", world.now_ms)), "ok");
    EXPECT_EQ(outcome(world.storage->erase(order, "管理员", world.now_ms)), "already_exists");
    const RecordHistory history = must(world.storage->history(kept));
    EXPECT_EQ(history.entries.size(), 2U);
    ASSERT_TRUE(history.entries.back().erased);
    EXPECT_EQ(history.entries.back().erased->ordered_by, "县<法院>");
    world.sync(*phone);
    EXPECT_EQ(must(phone->read(kept)).text(4), "");
    EXPECT_TRUE(must(phone->search("该清除", {})).cards.empty());
    const auto session = world.signed_in("钱主任", Actor::unit_head, {{test::area("341222000000")}});
    const std::string page = world.router.handle({"GET", "/office/record", "id=" + kept.hex(), session, {}}).body;
    EXPECT_THAT(page, HasSubstr("个人信息保护法第四十七条 · 县&lt;法院&gt;"));
    EXPECT_THAT(page, Not(HasSubstr("该清除")));
    const auto parts = must(world.storage->parts_of(kept));
    ASSERT_EQ(parts.size(), 2U) << "the first save, and the act";
    EXPECT_EQ(parts[0].dot, (Dot{phone->replica(), 1}));
    EXPECT_EQ(outcome(world.storage->parts_of(test::record(9))), "not_found");
}

}  // namespace
}  // namespace doorstep::server
