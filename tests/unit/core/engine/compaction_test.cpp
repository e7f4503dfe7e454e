// Compaction is transparent (invariant 19): nothing that anybody reads or is sent changes by it, and no word is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/core/support/compaction_run.hpp"
#include "tests/unit/core/support/erasure_run.hpp"

namespace doorstep::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Compaction : public testing::Test {
protected:
    Compaction() { world.cut_chunks({16 * 1024, 2, 1}); }

    std::uint64_t compact() { return must(compact_all(world.hub(), at_once, world.now_ms())).parts; }
    std::uint64_t archived() { return must(world.hub().store().archived_count()); }
    /// Everybody has everything and has said so, and so has the backup.
    void settle() {
        must(world.sync_all());
        must(world.sync_all());
        back_up(world);
    }
    /// A household with this many wordings, the last of which stands.
    RecordId rewritten(int wordings) {
        const RecordId id = save(world, li, new_household(village, "wording0"));
        for (int i = 1; i < wordings; ++i) save(world, li, set_text(id, field::summary, "wording" + std::to_string(i)));
        return id;
    }
    void expect_sound() {
        EXPECT_TRUE(must(diagnose(world.hub().store())).sound());
        for (const auto& phone : world.handsets()) EXPECT_EQ(disagreement(world.hub(), *phone), "");
    }
    DatabaseOptions archive_options() {
        DatabaseOptions out = world.hub_options();
        out.path = Archive::path_beside(out.path);
        return out;
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
};

TEST_F(Compaction, NobodySeesIt) {
    const RecordId id = rewritten(20);
    must(world.sync_all());
    save(world, li, set_text(id, field::contact, "李的话"));
    save(world, wang, set_text(id, field::contact, "王的话"));
    settle();
    const std::string before = picture(world);
    EXPECT_EQ(compact(), 19U);
    EXPECT_EQ(archived(), 19U);
    EXPECT_EQ(picture(world), before);
    EXPECT_EQ(compact(), 0U) << "once more has no effect";
    EXPECT_THAT(history_texts(must(record_history(world.hub().store(), id))), Contains("wording0"));
    world.open_hub();
    EXPECT_EQ(must(world.hub().conflicts(10)).size(), 1U);
    expect_sound();
    // Its words are in one file and no longer in the other.
    EXPECT_THAT(pages_now(world, archive_options()), HasSubstr("wording7"));
    std::string log;
    const auto gather = [&](SequenceEntry entry) -> Result<Store::Visit> {
        for (const Bytes& part : entry.commit.parts) log += part;
        return Store::Visit::go_on;
    };
    Store& store = world.hub().store();
    must(store.entries_after(must(store.stream_no(stream(village))), 0, gather, Store::Reading::as_it_lies));
    EXPECT_THAT(log, Not(HasSubstr("wording7")));
    EXPECT_THAT(log, HasSubstr("wording19"));
}

TEST_F(Compaction, WhatStandsAndWhatIsSaidForEverStays) {
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    save(world, li, add_note(id, "一行"));     // a line
    save(world, li, add_need(id, "低保"));     // an element
    save(world, li, add_need(id, "助学"));     // one that is removed again
    save(world, li, remove_need(id, "助学"));  // a removal puts nothing that could stand
    must(li->save({set_text(id, field::contact, "电话一"), new_household(village, "二户")}, world.now_ms()));
    save(world, li, set_text(id, field::contact, "电话二"));  // the other record of that commit still stands
    settle();
    EXPECT_EQ(compact(), 2U) << "the element that was removed and the removal";
    expect_sound();
}

TEST_F(Compaction, WaitsForTheBackupAndForTheAge) {
    rewritten(3);
    must(world.sync_all());
    must(world.sync_all());
    EXPECT_EQ(compact(), 0U) << "no backup holds it";
    back_up(world);
    const std::uint64_t now = world.now_ms();
    EXPECT_EQ(must(compact_all(world.hub(), {now, limits::retire_ms}, now)).parts, 0U);
    EXPECT_EQ(must(compact_all(world.hub(), {60'000'000, limits::retire_ms}, now)).parts, 0U) << "it is younger";
    EXPECT_EQ(must(compact_all(world.hub(), {60'000'000, limits::retire_ms}, now + 60'000'000)).parts, 2U);
}

TEST_F(Compaction, WaitsForEveryPhoneThatIsStillSeen) { EXPECT_EQ(archived_too_early(), ""); }

TEST_F(Compaction, AStepIsBoundedAndTheNextGoesOn) {
    static_assert(limits::compaction_parts_max == 512, "the numbers below follow from it");
    rewritten(600);
    settle();
    const std::uint64_t now = world.now_ms();
    const CompactionStep first = must(world.hub().compact_some(at_once, {}, now));
    EXPECT_EQ(first.parts, 512U);
    EXPECT_EQ(first.next.left, CompactionCursor::Left::maybe);
    const CompactionStep second = must(world.hub().compact_some(at_once, first.next, now));
    EXPECT_EQ(second.parts, 87U);
    EXPECT_EQ(second.next.left, CompactionCursor::Left::nothing);
    expect_sound();
}

TEST_F(Compaction, EndsInAnOfficeOfManyAreas) {
    Handset& sun = world.add("sun", {county});
    constexpr std::string_view areas[] = {town, village, other_village, other_town, far_village};
    for (const std::string_view where : areas) {
        const RecordId id = save(world, sun, new_household(where, "第一次的话"));
        save(world, sun, set_text(id, field::summary, "第二次的话"));
    }
    settle();
    constexpr int steps_max = 20;
    CompactionStep step;
    std::uint64_t parts = 0;
    int steps = 0;
    for (; step.next.left == CompactionCursor::Left::maybe && steps < steps_max; ++steps) {
        step = must(world.hub().compact_some(at_once, step.next, world.now_ms()));
        parts += step.parts;
    }
    EXPECT_LT(steps, steps_max) << "it goes round in a circle";
    EXPECT_EQ(parts, std::size(areas)) << "each area is looked at";
}

TEST_F(Compaction, ANewPhoneGetsTheWholeHistory) {
    const RecordId id = rewritten(30);
    settle();
    ASSERT_EQ(compact(), 29U);
    Handset& zhao = world.add("zhao", {village});
    must(world.sync(zhao));
    EXPECT_EQ(history_texts(must(zhao->history(id))), history_texts(must(li->history(id))));
    EXPECT_EQ(must(zhao->verify()).state, must(li->verify()).state);
    expect_sound();
}

TEST_F(Compaction, DuringAPullChangesNothingOfIt) {
    const RecordId id = save(world, li, new_household(village, "0"));
    constexpr int wordings = 160;
    for (int i = 1; i < wordings; ++i)
        save(world, li, set_text(id, field::summary, std::to_string(i) + std::string(40'000, 'x')));
    settle();
    Handset& zhao = world.add("zhao", {village});
    std::uint64_t parts = 0;
    const auto wire = [&](std::size_t n, Bytes message) {
        // Who pulls is waited for; so the worst is played, that he came back after half a year in which he was not.
        if (n == 4)
            parts = must(compact_all(world.hub(), at_once, world.now_ms() + limits::retire_ms + limits::archive_age_ms))
                        .parts;
        return std::optional<Bytes>(std::move(message));
    };
    must(world.sync(zhao, wire));
    EXPECT_GT(world.messages(), 6U) << "it must have been in the middle";
    EXPECT_EQ(parts, wordings - 1U);
    EXPECT_EQ(history_texts(must(zhao->history(id))), history_texts(must(li->history(id))));
    expect_sound();
}

TEST_F(Compaction, APhoneThatWasRetiredPushesAndGoesOn) {
    const RecordId id = rewritten(5);
    settle();
    save(world, wang, set_text(id, field::contact, "很久以前写的"));
    save(world, li, set_text(id, field::summary, "后来的话"));
    save(world, li, set_text(id, field::summary, "再后来的话"));
    must(world.sync(li));
    back_up(world);
    const std::uint64_t half_a_year = world.now_ms() + limits::retire_ms + 2 * 24 * 60 * 60 * 1000;
    EXPECT_EQ(must(compact_all(world.hub(), at_once, half_a_year)).parts, 6U);
    must(world.sync(wang));
    must(world.sync(li));
    EXPECT_EQ(texts(must(li->read(id)), field::contact), std::vector<std::string>{"很久以前写的"});
    EXPECT_EQ(history_texts(must(wang->history(id))), history_texts(must(li->history(id))));
    expect_sound();
}

TEST_F(Compaction, ABackupFromBeforeComesBackWhole) {
    const RecordId id = rewritten(10);
    settle();
    ASSERT_EQ(compact(), 9U);
    save(world, li, set_text(id, field::summary, "备份之后的话"));
    must(world.sync_all());
    restore(world);
    EXPECT_EQ(archived(), 0U) << "its log has them itself";
    must(world.sync_all());
    must(world.sync_all());
    expect_sound();
    back_up(world);
    const std::string before = picture(world);
    EXPECT_EQ(compact(), 10U) << "what the archive has it does not take twice";
    EXPECT_EQ(picture(world), before);
    expect_sound();
}

TEST_F(Compaction, ABackupFromAfterBringsItsArchive) {
    rewritten(10);
    settle();
    ASSERT_EQ(compact(), 9U);
    back_up(world);
    const std::string before = picture(world);
    DatabaseOptions options = world.hub_options();
    options.path = world.path("backup.db");
    Store copy = must(Store::open(options));
    EXPECT_EQ(must(copy.archived_count()), 9U);
    EXPECT_TRUE(must(diagnose(copy)).sound());
    EXPECT_EQ(picture(world), before);
}

TEST_F(Compaction, WithoutItsArchiveTheOfficeSaysSoAndGoesOnFromDayToDay) {
    const RecordId id = rewritten(10);
    settle();
    ASSERT_EQ(compact(), 9U);
    world.close_hub();
    const DatabaseOptions beside = archive_options();
    for (const char* suffix : {"", "-wal", "-shm"})
        if (std::filesystem::exists(beside.path + suffix))
            std::filesystem::rename(beside.path + suffix, world.path("away") + suffix);
    world.open_hub();
    save(world, li, set_text(id, field::summary, "接着写"));
    EXPECT_TRUE(succeeds(world.sync(li)));
    EXPECT_TRUE(succeeds(world.sync(wang)));
    EXPECT_EQ(outcome(record_history(world.hub().store(), id)), "archive_missing");
    const Diagnosis found = must(diagnose(world.hub().store()));
    ASSERT_NE(found.find(Fault::archive_lacks), nullptr);
    EXPECT_EQ(found.find(Fault::archive_lacks)->count, 9U);
    EXPECT_FALSE(found.rebuild_helps());
    world.close_hub();
    for (const char* suffix : {"", "-wal", "-shm"})
        if (std::filesystem::exists(world.path("away") + suffix))
            std::filesystem::rename(world.path("away") + suffix, beside.path + suffix);
    EXPECT_TRUE(must(fsck(world.hub_options())).sound());
    world.open_hub();
    expect_sound();
}

TEST_F(Compaction, RecordsAreFoldedAgainFromBothFiles) {
    rewritten(10);
    settle();
    ASSERT_EQ(compact(), 9U);
    const std::string before = picture(world);
    must(world.hub().store().database().execute("DELETE FROM folded"));
    must(rebuild(world.hub().store()));
    EXPECT_EQ(picture(world), before);
    expect_sound();
}

TEST_F(Compaction, WhatIsErasedIsErasedInTheArchiveToo) {
    const RecordId id = rewritten(3);
    save(world, li, set_text(id, field::summary, "该清除的话"));
    const Dot dot{li->replica(), must(li->outbox()).saved};
    save(world, li, set_text(id, field::summary, "留下的话"));
    settle();
    ASSERT_EQ(compact(), 4U);
    const DatabaseOptions beside = archive_options();
    world.close_hub();
    copy_database(beside.path, world.path("older archive"));
    copy_database(world.hub_path(), world.path("compacted.db"));
    world.open_hub();
    must(world.hub().erase({dot, stream(village), {}, "个人信息保护法第四十七条", "县法院"}, "clerk", world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(who_has(world, "该清除的话"), "");
    expect_sound();
    EXPECT_EQ(archived(), 3U);
    // An archive that comes back from an older copy is brought to say the same before anything is answered.
    world.close_hub();
    copy_database(world.path("older archive"), beside.path);
    ASSERT_THAT(decrypted_pages(beside), HasSubstr("该清除的话"));
    world.open_hub();
    EXPECT_EQ(who_has(world, "该清除的话"), "");
    expect_sound();
    // And a database that knows nothing of the erasure any more, and leaves the words to the archive or has them
    // itself.
    world.close_hub();
    copy_database(world.path("compacted.db"), world.hub_path());
    world.open_hub();
    must(world.hub().restored());
    EXPECT_EQ(who_has(world, "该清除的话"), "");
    must(world.sync_all());
    expect_sound();
    restore(world);
    EXPECT_EQ(who_has(world, "该清除的话"), "");
    must(world.sync_all());
    expect_sound();
}

TEST_F(Compaction, NoFaultOfTheDiskCostsAWord) { EXPECT_EQ(lost_on_a_broken_disk(), ""); }

// Saves, cut synchronisations, erasures, backups and restores in any order, and compactions between them.
TEST(CompactionProperty, IsTransparentInAnyOrderOfThings) {
    std::uint64_t archived = 0;
    constexpr std::uint64_t seeds = 12;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        ErasureRun run(seed, ErasureRun::Compacts::yes);
        for (int n = 0; n < 80; ++n) run.step();
        ASSERT_EQ(run.fault(), "");
        archived += run.archived();
    }
    EXPECT_GT(archived, seeds) << "it must have had something to do";
    RecordProperty("archived", static_cast<int>(archived));
}

// What the ADR says of time and bytes: DOORSTEP_COMPACTION_FIGURES=1. Prints, and judges nothing.
TEST(CompactionFigures, OfAFileThatIsMuchRewritten) {
    if (std::getenv("DOORSTEP_COMPACTION_FIGURES") == nullptr) GTEST_SKIP() << "for figures only";
    constexpr std::size_t households = 200, wordings = 25;
    World world;
    Handset& li = world.add("li", {village});
    std::vector<RecordId> ids;
    const auto words = [](std::size_t i, std::size_t n) {
        std::string out = std::to_string(i) + "/" + std::to_string(n);
        while (out.size() < 300) out += " 入户走访记下的话" + std::to_string(out.size() * 7919 % 1000 + n);
        return out;
    };
    for (std::size_t i = 0; i < households; ++i) ids.push_back(save(world, li, new_household(village, words(i, 0))));
    for (std::size_t n = 1; n < wordings; ++n)
        for (std::size_t i = 0; i < households; ++i) save(world, li, set_text(ids[i], field::summary, words(i, n)));
    must(world.sync_all());
    must(world.sync_all());
    back_up(world);
    const auto used = [](Database& db) {
        return (must(db.number("PRAGMA page_count")) - must(db.number("PRAGMA freelist_count"))) *
               must(db.number("PRAGMA page_size")) / 1024;
    };
    const auto ms = [](const auto& body) {
        const auto begin = std::chrono::steady_clock::now();
        body();
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    };
    const auto measure = [&](const char* when) {
        std::printf("%s: history %.2f ms, ", when, ms([&] { must(record_history(world.hub().store(), ids[7])); }));
        Handset& fresh = world.add(when, {village});
        std::printf("first sync %.0f ms\n", ms([&] { must(world.sync(fresh)); }));
    };
    measure("before");
    must(world.hub().store().database().execute("DELETE FROM cursor"));  // the new phone is not waited for
    const auto kib = static_cast<long long>(used(world.hub().store().database()));
    CompactionStep all;
    const double took = ms([&] { all = must(compact_all(world.hub(), at_once, world.now_ms())); });
    std::printf("%llu parts, %llu bytes in %.0f ms; ", static_cast<unsigned long long>(all.parts),
                static_cast<unsigned long long>(all.bytes), took);
    std::printf("database %lld KiB before, %lld after, ", kib,
                static_cast<long long>(used(world.hub().store().database())));
    std::printf("archive %lld KiB\n",
                static_cast<long long>(used(must(world.hub().store().archive(OpenMode::existing))->database())));
    measure("after");
}

}  // namespace
}  // namespace doorstep::test
