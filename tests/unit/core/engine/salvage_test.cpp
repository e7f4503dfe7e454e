// Out of damaged images of a phone's file: whatever lies on whole pages comes back, nothing false does, and the next
// synchronisation delivers it.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/engine/fsck.hpp"
#include "core/engine/salvage.hpp"
#include "core/store/salvage_pages.hpp"
#include "core/store/salvage_rows.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

constexpr std::size_t page_bytes = SalvagePages::page_bytes;
constexpr std::size_t usable_bytes = page_bytes - SalvagePages::reserved_bytes;

using Pages = std::set<std::uint32_t>;

/// Which pages of a whole file each thing lies on: what salvage may not lose while these are whole.
struct PageMap {
    std::map<std::int64_t, Pages> commits;  // by row number
    std::map<std::int64_t, Pages> replicas;
    Pages identity;
};

PageMap map_pages(const DatabaseOptions& options) {
    PageMap out;
    SalvagePages pages = must(SalvagePages::open(options));
    for (std::uint32_t number = 1; number <= pages.pages(); ++number) {
        Pages used{number};
        const auto read = [&](std::uint32_t further) {
            used.insert(further);
            return pages.page(further);
        };
        each_row(pages.page(number).value(), number, usable_bytes, read, [&](const RawRow& row) {
            const auto& columns = row.columns;
            if (row.number && columns.size() == 5 && columns[3].bytes.size() == Hash::size) {
                out.commits[*row.number] = used;
            } else if (row.number && columns.size() == 5 && columns[1].type == RawColumn::Type::blob &&
                       columns[3].type == RawColumn::Type::integer) {
                out.replicas[*row.number] = used;
            } else if (!row.number && columns.size() == 2 && columns[0].bytes == "replica") {
                out.identity = used;
            }
            used = {number};
        });
    }
    return out;
}

bool touches(const Pages& pages, const Pages& damaged) {
    for (const std::uint32_t page : pages)
        if (damaged.count(page) == 1) return true;
    return false;
}

/// Changes, tears or empties a few pages, or cuts the end off. Returns which pages.
Pages damage(Random& random, Bytes& image) {
    Pages out;
    const std::size_t count = image.size() / page_bytes;
    for (std::uint64_t n = 1 + random.below(6); n > 0; --n) {
        const std::size_t at = static_cast<std::size_t>(random.below(count)) * page_bytes;
        const std::size_t within = 24 + static_cast<std::size_t>(random.below(page_bytes - 100));
        switch (random.below(3)) {
            case 0: image[at + within] = static_cast<char>(image[at + within] ^ (1 << random.below(8))); break;
            case 1: image.replace(at, page_bytes, page_bytes, '\0'); break;
            default: image.replace(at + within, page_bytes - within, page_bytes - within, '\x5a');
        }
        out.insert(static_cast<std::uint32_t>(at / page_bytes) + 1);
    }
    if (random.chance(20)) {
        const std::size_t left = image.size() - static_cast<std::size_t>(random.below(8 * page_bytes));
        for (std::size_t page = left / page_bytes; page < count; ++page)
            out.insert(static_cast<std::uint32_t>(page) + 1);
        image.resize(left);
    }
    return out;
}

/// An office and a phone with work of others, sent work and unsent work, small and large; both closed.
class Salvage : public testing::Test {
protected:
    Salvage() {
        Handset& li = world_.add("li", {village});
        Handset& wang = world_.add("wang", {village});
        for (int i = 0; i < 20; ++i) save(world_, wang, new_household(village, words("王记", i)));
        for (int i = 0; i < 10; ++i) save(world_, li, new_household(village, words("李已传", i)));
        must(world_.sync_all());
        for (int i = 0; i < 30; ++i) unsent_.push_back(words("李未传", i));
        for (const std::string& text : unsent_) save(world_, li, new_household(village, text));
        grant_ = li.grant;
        replica_ = li->replica();
        must(li->maintain());
        options_ = world_.options_of(li);
        world_.close(li);
        world_.close(wang);
        world_.close_hub();
    }

    /// Every third is larger than a page.
    static std::string words(const char* who, int n) {
        return who + std::to_string(n) + std::string(n % 3 == 0 ? 9000 : 60, 'x');
    }
    DatabaseOptions at(const std::string& name) {
        DatabaseOptions out = options_;
        out.path = world_.path(name);
        return out;
    }
    /// Opens the salvaged phone and synchronises it with a copy of the office.
    std::set<std::string> delivered(const DatabaseOptions& sound) {
        DatabaseOptions office = world_.hub_options();
        office.path = world_.path("office.db");
        copy_database(world_.hub_path(), office.path);
        auto hub = must(Hub::open(office, fresh_seed(), some_divisions()));
        DatabaseOptions existing = sound;
        existing.mode = OpenMode::existing;
        auto phone = must(Phone::open(existing, fresh_seed()));
        must(phone->verify());
        std::optional<Bytes> request = must(phone->begin_sync());
        while (request) request = must(phone->continue_sync(must(hub->exchange(grant_, *request, 1)), 1));
        must(hub->verify());
        std::set<std::string> out;
        for (const RecordView& record : must(hub->list(0, 500))) out.insert(std::string(record.text(field::summary)));
        return out;
    }

    World world_;
    DatabaseOptions options_;
    Grant grant_;
    ReplicaId replica_;
    std::vector<std::string> unsent_;
};

TEST_F(Salvage, AWholeFileComesBackWhole) {
    const SalvageReport report = must(salvage(options_, at("sound.db")));
    EXPECT_TRUE(report.condition.whole());
    EXPECT_EQ(report.commits, 60U);
    EXPECT_EQ(report.own, 40U);
    EXPECT_EQ(report.own_missing + report.made_again + report.commits_unproved, 0U);
    EXPECT_EQ(report.enrolment, SalvageReport::Kept::yes);
    const DatabaseOptions sound = at("sound.db");
    EXPECT_TRUE(must(fsck(sound)).sound());
    EXPECT_EQ(must(Phone::open(sound, fresh_seed()))->replica(), replica_);
    const std::set<std::string> there = delivered(sound);
    EXPECT_EQ(there.size(), 60U);
    EXPECT_EQ(outcome(salvage(options_, sound)), "already_exists");
}

TEST_F(Salvage, WhateverLiesOnWholePagesComesBackAndNothingElse) {
    const PageMap map = map_pages(options_);
    ASSERT_EQ(map.commits.size(), 60U);
    ASSERT_EQ(map.replicas.size(), 2U);
    const Salvaged whole = must(salvage_file(options_));
    ASSERT_EQ(whole.commits.size(), 60U);
    std::map<std::int64_t, Dot> dots;  // of each row
    {
        Store store = must(Store::open(options_));
        for (const auto& [dot, commit] : whole.commits) dots[must(store.find_row(dot))->no] = dot;
    }
    const Bytes clean = read_file(options_.path);
    std::uint64_t recovered = 0, lost = 0, identities_lost = 0;
    const Seeds range = seeds(300);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        Bytes image = clean;
        const Pages damaged = damage(random, image);
        const DatabaseOptions broken = at("broken.db");
        write_file(broken.path, image);
        const Salvaged found = must(salvage_file(broken));
        for (const auto& [dot, commit] : found.commits) {
            const auto real = whole.commits.find(dot);
            ASSERT_NE(real, whole.commits.end()) << "a commit that never was";
            ASSERT_EQ(commit.header.hash(), real->second.header.hash());
            ASSERT_EQ(commit.parts, real->second.parts);
        }
        for (const auto& [no, pages] : map.commits) {
            const Dot dot = dots.at(no);
            bool names = false;  // whether something whole says whose commit it is
            for (const auto& [number, on] : map.replicas) names = names || !touches(on, damaged);
            names = names || (dot.replica == replica_ && !touches(map.identity, damaged));
            const bool expected = names && !touches(pages, damaged);
            ASSERT_EQ(found.commits.count(dot) == 1, expected) << "row " << no;
            ++(expected ? recovered : lost);
        }
        if (touches(map.identity, damaged)) {
            ++identities_lost;
            EXPECT_EQ(found.own.has_value(), !touches(map.replicas.begin()->second, damaged));
        }
        EXPECT_FALSE(found.condition.whole());
        EXPECT_FALSE(must(fsck(broken)).sound());
        EXPECT_EQ(read_file(broken.path), image);
    }
    EXPECT_GT(recovered, lost);
    EXPECT_GT(lost, range.share_of(500));
    EXPECT_GE(identities_lost, range.share_of(4));
}

TEST_F(Salvage, TheNextSynchronisationDeliversWhatWasSaved) {
    const Bytes clean = read_file(options_.path);
    std::uint64_t made_again = 0, as_they_were = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        Bytes image = clean;
        damage(random, image);
        const DatabaseOptions broken = at("broken.db"), sound = at("sound" + std::to_string(seed) + ".db");
        write_file(broken.path, image);
        const Salvaged found = must(salvage_file(broken));
        const SalvageReport report = must(salvage(broken, sound));
        if (report.identity == SalvageReport::Kept::no || report.enrolment == SalvageReport::Kept::no) continue;
        ASSERT_TRUE(must(fsck(sound)).sound());
        const std::set<std::string> there = delivered(sound);
        for (const auto& [dot, commit] : found.commits) {
            const Part part = must(Part::unpack(commit.parts[0]));
            EXPECT_EQ(there.count(std::string(part.records[0].ops[0].value.as_text())), 1U) << dot.seq;
        }
        ++(report.made_again > 0 ? made_again : as_they_were);
    }
    EXPECT_GT(made_again, 5U);
    EXPECT_GT(as_they_were, 2U);
}

TEST_F(Salvage, ATornOrChangedLogGivesBackWhatLiesBesideTheDamage) {
    Handset& li = *world_.handsets().front();
    world_.open(li);
    for (int i = 0; i < 12; ++i) save(world_, li, new_household(village, words("在日志里", i)));
    const DatabaseOptions base = at("with_log.db");
    copy_database(options_.path, base.path);
    world_.close(li);
    const Bytes file = read_file(base.path), log = read_file(base.path + "-wal");
    constexpr std::size_t frame = 24 + page_bytes;
    const std::size_t frames = (log.size() - 32) / frame;
    ASSERT_GT(frames, 20U);
    const Salvaged whole = must(salvage_file(base));
    ASSERT_EQ(whole.commits.size(), 72U);
    const auto with_log = [&](const Bytes& image) {
        write_file(base.path, file);
        write_file(base.path + "-wal", image);
        return must(salvage_file(base));
    };
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        const std::size_t at_frame = static_cast<std::size_t>(random.below(frames));
        const Salvaged before = with_log(log.substr(0, 32 + at_frame * frame));
        Bytes image = log;
        image[32 + at_frame * frame + 24 + static_cast<std::size_t>(random.below(page_bytes))] ^= 1;
        const Salvaged changed = with_log(image);
        const Salvaged torn = with_log(log.substr(0, 32 + at_frame * frame + 24 + random.below(page_bytes)));
        for (const auto& [dot, commit] : before.commits) {
            EXPECT_EQ(changed.commits.count(dot), 1U);
            EXPECT_EQ(torn.commits.count(dot), 1U);
        }
        // Pages behind the damage are read too: at most what lay on that one page is gone.
        EXPECT_GE(changed.commits.size() + 12, whole.commits.size());
        for (const auto& [dot, commit] : changed.commits) EXPECT_EQ(whole.commits.count(dot), 1U);
        for (const auto& [dot, commit] : torn.commits) EXPECT_EQ(whole.commits.count(dot), 1U);
    }
    Bytes beheaded = log;
    beheaded.replace(0, 32, 32, '\0');
    EXPECT_EQ(with_log(beheaded).commits.size(), whole.commits.size());
}

TEST_F(Salvage, RowsThatLieAboutTheirLengthsAreRefused) {
    // A leaf page of a table with one cell that claims more than there is, at every length.
    for (const char* cell_hex : {"ffffffffffffffffff01", "8080808000", "7f0105", "0a01020000", "0301017f"}) {
        Bytes page(page_bytes, '\0');
        page[0] = 13;
        page[4] = 1;  // one cell
        page[8] = 0x0f;
        page[9] = 0x00;
        page.replace(0x0f00, std::string_view(cell_hex).size() / 2, must(from_hex(cell_hex)));
        int rows = 0;
        each_row(
            page, 2, usable_bytes, [](std::uint32_t) { return std::optional<Bytes>(); },
            [&](const RawRow&) { ++rows; });
        EXPECT_EQ(rows, 0) << cell_hex;
    }
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        Bytes page(page_bytes, '\0');
        for (char& byte : page) byte = static_cast<char>(random.below(256));
        page[0] = static_cast<char>(i % 2 == 0 ? 13 : 10);
        each_row(
            page, 2, usable_bytes, [&](std::uint32_t) { return std::optional<Bytes>(page); },
            [](const RawRow& row) { ASSERT_LE(row.columns.size(), 64U); });
    }
}

}  // namespace
}  // namespace doorstep::test
