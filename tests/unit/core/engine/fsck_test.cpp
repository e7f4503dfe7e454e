// Every kind of damage is planted once and seen named; what the log can tell again is folded again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/engine/fsck.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

/// A phone that has pulled, pushed and saved once more, and its office; both closed.
class Fsck : public testing::Test {
protected:
    Fsck() {
        Handset& li = world_.add("li", {village, other_village});
        Handset& wang = world_.add("wang", {village});
        const RecordId home = save(world_, li, new_household(village, "一户三人"));
        save(world_, li, new_household(other_village, "一户两人"));
        must(world_.sync_all());
        save(world_, wang, set_text(home, field::summary, "一户四人"));
        save(world_, li, set_text(home, field::summary, "一户五人"));
        must(world_.sync_all());
        save(world_, li, add_note(home, "还没有上传"));
        must(li->maintain());
        options_ = world_.options_of(li);
        world_.close(li);
        world_.close(wang);
        world_.close_hub();
        hub_options_ = world_.hub_options();
    }

    /// A copy to damage.
    DatabaseOptions copy(const DatabaseOptions& of) {
        DatabaseOptions out = of;
        out.path = world_.path("copy" + std::to_string(copies_++) + ".db");
        copy_database(of.path, out.path);
        return out;
    }
    static void run_sql(const DatabaseOptions& options, const std::string& sql) {
        Database db = must(Database::open(options));
        must(db.execute(sql.c_str()));
    }
    static std::string named(const Diagnosis& found) {
        std::string out;
        for (const Finding& one : found.findings)
            out += std::string(fault_name(one.fault)) + " " + one.table + " " + std::to_string(one.count) + "\n";
        return out;
    }

    World world_;
    DatabaseOptions options_, hub_options_;
    int copies_ = 0;
};

TEST_F(Fsck, SoundFilesAreSound) {
    for (const DatabaseOptions& options : {options_, hub_options_}) {
        const Diagnosis found = must(fsck(options));
        EXPECT_EQ(named(found), "");
        EXPECT_EQ(found.counts.records, 2U);
        EXPECT_EQ(found.counts.streams, 2U);
        Store store = must(Store::open(options));
        EXPECT_EQ(must(verify(store)).state, found.counts.state);
    }
}

TEST_F(Fsck, NamesWhatIsWrongInAPhonesTables) {
    struct Row {
        const char* name;
        const char* sql;
        Fault fault;
        const char* table;
        std::uint64_t count;
    };
    const Row rows[] = {
        {"a byte of a commit", "UPDATE commits SET body = substr(body, 1, length(body) - 1) || x'41' WHERE no = 2",
         Fault::commit_changed, "commits", 1},
        {"a commit's hash", "UPDATE commits SET hash = zeroblob(32) WHERE no = 2", Fault::commit_changed, "commits", 1},
        {"a commit cut short", "UPDATE commits SET body = substr(body, 1, 20)", Fault::commit_unreadable, "commits", 5},
        {"a commit that is gone", "DELETE FROM commits WHERE no = 2", Fault::chain_gap, "commits", 1},
        {"a commit that is gone, in the order", "DELETE FROM commits WHERE no = 2", Fault::sequence_orphan, "sequence",
         1},
        {"a replica's row", "DELETE FROM replica WHERE own = 1", Fault::commit_of_nobody, "commits", 4},
        {"a row of the order", "DELETE FROM sequence WHERE position = 2", Fault::sequence_gap, "sequence", 1},
        {"a stream of the order", "DELETE FROM stream WHERE position = 3", Fault::sequence_gap, "stream", 5},
        {"a digest in the middle", "UPDATE sequence SET digest = zeroblob(16) WHERE position = 2",
         Fault::digest_differs, "sequence", 1},
        {"a digest of the wrong length", "UPDATE sequence SET digest = x'00' WHERE position = 2", Fault::digest_differs,
         "sequence", 1},
        {"a cursor", "UPDATE stream SET position = position + 1 WHERE position = 3", Fault::head_differs, "stream", 1},
        {"a cursor's digest", "UPDATE stream SET digest = zeroblob(16)", Fault::head_differs, "stream", 2},
        {"a digest over states", "UPDATE stream SET states = x'000102030405060708090a0b0c0d0e0f' WHERE position = 3",
         Fault::states_differ, "stream", 1},
        {"a count of parts", "UPDATE stream SET parts = parts + 1", Fault::states_differ, "stream", 2},
        {"a cursor that cannot be read", "UPDATE stream SET digest = x'00'", Fault::structure, "stream", 1},
        {"a held part of nobody", "INSERT INTO held VALUES (77, 1, 0, 22)", Fault::held_orphan, "held", 1},
        {"a held part of no commit", "INSERT INTO held VALUES (1, 99, 0, 22)", Fault::held_orphan, "held", 1},
        {"a held part that its commit lacks", "INSERT INTO held VALUES (1, 1, 1, 22)", Fault::held_orphan, "held", 1},
        {"a record's state", "UPDATE folded SET state = state || x'00'", Fault::record_changed, "record", 1},
        {"a state where the log says another",
         "INSERT OR REPLACE INTO folded SELECT id, stream, 0, (SELECT max(state) FROM folded) FROM record",
         Fault::record_changed, "record", 2},
        {"a state that is gone", "DELETE FROM folded", Fault::record_changed, "record", 1},
        {"a state without a record", "INSERT INTO folded SELECT zeroblob(16), stream, conflicts, state FROM folded",
         Fault::record_extra, "record", 1},
        {"a record that only its state is left of", "DELETE FROM record WHERE id IN (SELECT id FROM folded)",
         Fault::record_missing, "record", 1},
        {"a dot that is gone", "DELETE FROM fresh_dot WHERE seq = 1", Fault::dot_differs, "dot", 2},
        {"a dot that names another commit", "UPDATE fresh_dot SET commit_no = 1 WHERE commit_no = 2",
         Fault::dot_differs, "dot", 1},
        {"a dot of no commit", "INSERT INTO dot VALUES (1, 99, 1)", Fault::dot_differs, "dot", 1},
        {"a dot that stands twice", "INSERT INTO dot SELECT * FROM fresh_dot WHERE commit_no = 3", Fault::dot_differs,
         "dot", 1},
        {"two commits of one dot",
         "INSERT INTO commits (replica, seq, hash, body) SELECT replica, seq, hash, body FROM commits WHERE no = 3",
         Fault::dot_twice, "commits", 1},
        {"a record's type", "UPDATE record SET type = 2", Fault::record_changed, "record", 2},
        {"a record's conflicts", "UPDATE folded SET conflicts = 7", Fault::record_changed, "record", 1},
        {"a record that is gone", "DELETE FROM record", Fault::record_missing, "record", 2},
        {"a record too many", "INSERT INTO record SELECT zeroblob(16), stream, type, origin FROM record",
         Fault::record_extra, "record", 2},
        {"a projected row that is gone", "DELETE FROM projection", Fault::derived_differs, "projection", 1},
        {"a projected row", "UPDATE projection SET type = 2", Fault::derived_differs, "projection", 1},
        {"a late index", "INSERT INTO projection_late SELECT no, 7, NULL, NULL FROM projection LIMIT 1",
         Fault::derived_differs, "projection_late", 1},
        {"a change", "UPDATE projection_change SET upto = upto + 1 WHERE change = 2", Fault::derived_differs,
         "projection_change", 1},
        {"the memory of syncing", "UPDATE meta SET value = x'00' WHERE key = 'sync'", Fault::meta_unreadable, "meta",
         1},
        {"the enrolment", "UPDATE meta SET value = x'ff' WHERE key = 'enrolment'", Fault::meta_unreadable, "meta", 1},
        {"whose file it is", "UPDATE meta SET value = zeroblob(16) WHERE key = 'replica'", Fault::identity_differs,
         "replica", 1},
        {"whose file it is, at the other place", "UPDATE replica SET own = 0", Fault::identity_differs, "replica", 1},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const DatabaseOptions damaged = copy(options_);
        run_sql(damaged, row.sql);
        const Diagnosis found = must(fsck(damaged));
        SCOPED_TRACE(named(found));
        bool seen = false;
        for (const Finding& one : found.findings)
            seen = seen || (one.fault == row.fault && one.table == row.table && one.count == row.count);
        EXPECT_TRUE(seen);
        // Damage of derived tables shows nowhere else, and is all that a rebuild takes on.
        if (cure_of(row.fault) == Cure::rebuild) {
            EXPECT_EQ(found.findings.size(), 1U);
        }
        Store store = must(Store::open(damaged));
        EXPECT_EQ(outcome(verify(store)), row.fault == Fault::derived_differs ? "ok" : "corrupt");
        EXPECT_EQ(outcome(rebuild(store)), cure_of(row.fault) == Cure::rebuild ? "ok" : "corrupt");
        if (cure_of(row.fault) == Cure::rebuild) {
            EXPECT_EQ(named(must(diagnose(store))), "");
        }
    }
}

TEST_F(Fsck, AFindingNamesACommitAndNoWord) {
    const DatabaseOptions damaged = copy(options_);
    run_sql(damaged, "UPDATE commits SET hash = zeroblob(32) WHERE seq = 2");
    const Diagnosis found = must(fsck(damaged));
    const Finding* changed = found.find(Fault::commit_changed);
    ASSERT_NE(changed, nullptr);
    ASSERT_TRUE(changed->example);
    EXPECT_EQ(changed->example->seq, 2U);
    EXPECT_EQ(found.find(Fault::record_missing), nullptr);
}

TEST_F(Fsck, AMissingIndexEntryIsNamedAndMadeAgain) {
    const DatabaseOptions damaged = copy(options_);
    run_sql(damaged,
            "CREATE TABLE hidden AS SELECT * FROM sqlite_master WHERE name = 'projection_lane'; "
            "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'projection_lane'");
    run_sql(
        damaged,
        "UPDATE projection SET type = 100 WHERE no = (SELECT max(no) FROM projection); PRAGMA writable_schema = ON; "
        "INSERT INTO sqlite_master SELECT * FROM hidden");
    run_sql(damaged, "DROP TABLE hidden");
    const Diagnosis found = must(fsck(damaged));
    const Finding* index = found.find(Fault::index_differs);
    ASSERT_NE(index, nullptr) << named(found);
    EXPECT_EQ(index->table, "projection_lane");
    EXPECT_TRUE(found.rebuild_helps()) << named(found);
    {
        Store store = must(Store::open(damaged));
        must(rebuild(store));
    }
    EXPECT_EQ(named(must(fsck(damaged))), "");
}

TEST_F(Fsck, NamesAPartThatIsNeitherReadableNorHeld) {
    Store store = must(Store::open(copy(options_)));
    Chain chain(replica(9));
    const Commit odd = chain.commit_packed({"no part of ours"});
    must(store.add_commit(must(store.replica_no(replica(9))), odd, odd.header.hash()));
    EXPECT_EQ(named(must(diagnose(store))), "part_unreadable commits 1\n");
    must(store.hold({odd.header.dot, 0, Errc::malformed}));
    EXPECT_EQ(named(must(diagnose(store))), "");
}

TEST_F(Fsck, NamesABrokenChain) {
    Store store = must(Store::open(copy(options_)));
    Chain chain(replica(9)), other(replica(9));
    const Part part = summary_part(village, 1, "一户");
    const Commit first = chain.commit({part}), ignored = other.commit({summary_part(village, 1, "别的")}),
                 second = other.commit({part});
    Admission admission(store);
    for (const Commit* commit : {&first, &second})
        must(admission.admit(*commit, commit->header.hash(), must(open_parts(*commit))));
    EXPECT_EQ(named(must(diagnose(store))), "chain_broken commits 1\n");
}

TEST_F(Fsck, NamesDamagedPagesWithoutOpeningTheFile) {
    const std::string whole = read_file(options_.path);
    constexpr std::size_t page = 4096;
    struct Row {
        const char* name;
        std::function<std::string(std::string)> damage;
        const char* found;
    };
    const auto at_page = [](std::size_t n, std::size_t offset) { return (n - 1) * page + offset; };
    const Row rows[] = {
        {"a bit of the first page", [&](std::string f) { return f[200] ^= 1, f; }, "page_damaged file 1\n"},
        {"a bit elsewhere", [&](std::string f) { return f[at_page(3, 77)] ^= 1, f; }, "page_damaged file 1\n"},
        {"an emptied page", [&](std::string f) { return f.replace(at_page(4, 0), page, page, '\0'); },
         "page_damaged file 1\n"},
        {"a torn page", [&](std::string f) { return f.replace(at_page(4, 512), page - 512, page - 512, 'x'); },
         "page_damaged file 1\n"},
        {"two pages that changed places",
         [&](std::string f) {
             const std::string third = f.substr(at_page(3, 0), page), fourth = f.substr(at_page(4, 0), page);
             return f.replace(at_page(3, 0), page, fourth).replace(at_page(4, 0), page, third);
         },
         "page_damaged file 2\n"},
        {"a file cut at a page", [&](std::string f) { return f.substr(0, f.size() - 2 * page); }, "file_cut file 2\n"},
        {"a file cut within a page", [&](std::string f) { return f.substr(0, f.size() - page - 100); },
         "page_damaged file 1\nfile_cut file 1\n"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const DatabaseOptions damaged = copy(options_);
        const std::string image = row.damage(whole);
        write_file(damaged.path, image);
        EXPECT_EQ(named(must(fsck(damaged))), row.found);
        EXPECT_EQ(read_file(damaged.path), image);
    }
    const DatabaseOptions empty = copy(options_);
    write_file(empty.path, "");
    EXPECT_EQ(outcome(fsck(empty)), "not_a_database");
    DatabaseOptions other_key = options_;
    other_key.key[0] ^= 1;
    EXPECT_EQ(outcome(fsck(other_key)), "wrong_key");
    DatabaseOptions nowhere = options_;
    nowhere.path = world_.path("nowhere.db");
    EXPECT_EQ(outcome(fsck(nowhere)), "not_found");
}

TEST_F(Fsck, NamesALogThatSqliteWouldDrop) {
    Handset& li = *world_.handsets().front();
    world_.open(li);
    for (int i = 0; i < 3; ++i) save(world_, li, new_household(village, "在写前日志里"));
    const DatabaseOptions whole = copy(options_), cut = copy(options_), changed = copy(options_);
    world_.close(li);
    const std::string log = read_file(whole.path + "-wal");
    constexpr std::size_t frame = 24 + 4096;
    ASSERT_GT(log.size(), 3 * frame);
    EXPECT_EQ(named(must(fsck(whole))), "");
    // A log cut by a power failure lacks what was never acknowledged: nothing to complain of.
    write_file(cut.path + "-wal", log.substr(0, log.size() - 100));
    EXPECT_EQ(named(must(fsck(cut))), "");
    // Damage in the middle is another matter: whole transactions stand behind it.
    std::string image = log;
    image[32 + frame + 500] ^= 1;
    write_file(changed.path + "-wal", image);
    const Diagnosis found = must(fsck(changed));
    EXPECT_NE(found.find(Fault::log_dropped), nullptr) << named(found);
    EXPECT_EQ(read_file(changed.path + "-wal"), image);
}

TEST_F(Fsck, EveryFaultHasANameAndWords) {
    for (int i = 0; i <= static_cast<int>(Fault::dot_differs); ++i) {
        const auto fault = static_cast<Fault>(i);
        EXPECT_FALSE(fault_name(fault).empty());
        EXPECT_FALSE(fault_text(fault, Language::zh_cn).empty());
        EXPECT_NE(fault_text(fault, Language::zh_cn), fault_text(fault, Language::en));
    }
}

}  // namespace
}  // namespace doorstep::test
