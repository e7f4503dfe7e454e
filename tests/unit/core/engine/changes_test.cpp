// The change feed: fed by saves and by synchronisation alike, exact after reopening.
#include "core/engine/changes.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

std::set<RecordId> named(const Changes& changes) {
    std::set<RecordId> out;
    for (const Change& change : changes.changes) EXPECT_TRUE(out.insert(change.record).second) << "twice";
    return out;
}

/// One save of this many new households.
void save_many(World& world, Handset& phone, std::size_t count) {
    for (std::size_t left = count; left > 0;) {
        const std::size_t now = std::min<std::size_t>(left, 500);
        must(phone->save(std::vector<RecordEdit>(now, new_household(village, "h")), world.now_ms()));
        left -= now;
    }
}

TEST(Changes, SavesAndSynchronisationAlikeAndAfterReopening) {
    World world;
    Handset &li = world.add("li", {village}), &wang = world.add("wang", {village});
    EXPECT_EQ(must(li->change_token()), 0);
    const RecordId first = save(world, li, new_household(village, "first"));
    const RecordId of_wang = save(world, wang, new_household(village, "of Wang"));
    Changes changes = must(li->changes_after(0));
    ASSERT_EQ(changes.changes.size(), 1U);
    EXPECT_EQ(changes.changes.front().record, first);
    EXPECT_EQ(changes.changes.front().type, household);
    EXPECT_TRUE(changes.changes.front().stream == stream(village));
    world.reopen(li);
    EXPECT_EQ(must(li->change_token()), changes.token);
    EXPECT_TRUE(must(li->changes_after(changes.token)).changes.empty());
    ASSERT_TRUE(succeeds(world.sync_all()));
    world.reopen(li);
    EXPECT_EQ(named(must(li->changes_after(changes.token))), std::set<RecordId>{of_wang});
    EXPECT_EQ(named(must(li->changes_after(0))), (std::set<RecordId>{first, of_wang}));
}

TEST(Changes, OverTheLimitAScreenIsReadAgain) {
    for (const std::size_t count : {limits::changes_max - 1, limits::changes_max, limits::changes_max + 1}) {
        World world;
        Handset& li = world.add("li", {village});
        save_many(world, li, count);
        const Changes changes = must(li->changes_after(0));
        EXPECT_EQ(changes.answer == Changes::Answer::these, count <= limits::changes_max) << count;
        EXPECT_EQ(changes.changes.size(), count <= limits::changes_max ? count : 0);
        save_many(world, li, 1);
        EXPECT_EQ(must(li->changes_after(changes.token)).changes.size(), 1U);
    }
}

TEST(Changes, ATokenThatTheFileNeverGave) {
    World world;
    Handset& li = world.add("li", {village});
    save_many(world, li, 1);
    for (const std::int64_t token : {std::int64_t{-1}, std::int64_t{2}, INT64_MAX, INT64_MIN})
        EXPECT_EQ(must(li->changes_after(token)).answer, Changes::Answer::reload) << token;
}

TEST(Changes, WhenRecordsGoAScreenIsReadAgain) {
    World world;
    Handset& li = world.add("li", {village});
    save(world, li, new_household(village, "first"));
    const std::int64_t before = must(li->change_token());
    world.close(li);
    Store store = must(Store::open(world.options_of(li)));
    Projection projection(store.database());
    {
        auto transaction = must(Transaction::begin(store.database()));
        ASSERT_TRUE(succeeds(projection.forget_stream(must(store.stream_no(stream(village))))));
        ASSERT_TRUE(succeeds(transaction.commit()));
    }
    const Changes changes = must(changes_after(store, before));
    EXPECT_EQ(changes.answer, Changes::Answer::reload);
    EXPECT_GT(changes.token, before);
    EXPECT_EQ(must(changes_after(store, changes.token)).answer, Changes::Answer::these);
}

TEST(ChangesProperty, FollowingTheFeedIsReadingEverything) {
    const Seeds range = seeds(10);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        World world;
        Handset &li = world.add("li", {village}), &wang = world.add("wang", {village});
        std::map<RecordId, std::string> screen;
        std::vector<RecordId> ids;
        std::int64_t token = 0;
        for (int n = 0; n < 60; ++n) {
            Handset& who = random.chance(50) ? li : wang;
            const std::string words = "words " + std::to_string(n);
            if (random.chance(30)) ids.push_back(save(world, who, new_household(village, words)));
            if (random.chance(30)) {
                ASSERT_TRUE(succeeds(world.sync_all()));
            }
            if (random.chance(20)) world.reopen(li);
            if (!ids.empty() && random.chance(50)) {
                const RecordId& id = random.pick(ids);
                if (who->read(id)) save(world, who, set_text(id, field::summary, words));
            }
            if (!random.chance(40)) continue;
            const Changes changes = must(li->changes_after(token));
            ASSERT_EQ(changes.answer, Changes::Answer::these);
            token = changes.token;
            for (const Change& change : changes.changes)
                screen[change.record] = must(li->read(change.record)).text(field::summary);
            for (const RecordId& id : ids)
                if (const auto view = li->read(id)) {
                    EXPECT_EQ(screen[id], view.value().text(field::summary));
                }
        }
    }
}

}  // namespace
}  // namespace doorstep::test
