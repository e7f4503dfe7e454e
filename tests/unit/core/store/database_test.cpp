// Opening a file: each thing that can be wrong with it has its own answer, and none of them changes the file.
#include "core/store/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "core/store/store.hpp"
#include "tests/unit/core/support/fault_vfs.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::HasSubstr;

class Opening : public testing::Test {
protected:
    DatabaseOptions options(OpenMode mode, int key = 1) const {
        return {path, storage_key(key), mode, Durability::full, {}};
    }
    void make_store() { must(must(Store::open(options(OpenMode::create))).set_meta("greeting", "你好")); }
    std::string open_as(OpenMode mode, int key = 1) { return outcome(Store::open(options(mode, key))); }
    /// Opens in both modes, expects this, and that the bytes of the file stay as they are.
    void expect_refused(const std::string& expected, int key = 1) {
        const std::string before = read_file(path);
        for (const OpenMode mode : {OpenMode::existing, OpenMode::create}) {
            EXPECT_EQ(open_as(mode, key), expected);
            EXPECT_TRUE(read_file(path) == before) << "the file was changed";
        }
    }

    Scratch scratch;
    const std::string path = scratch.path("store.db");
};

TEST_F(Opening, AMissingFileIsNotFoundUnlessItIsToBeMade) {
    EXPECT_EQ(open_as(OpenMode::existing), "not_found");
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(open_as(OpenMode::create), "ok");
    EXPECT_EQ(open_as(OpenMode::existing), "ok");
}

TEST_F(Opening, AnotherKeyIsTheWrongKey) {
    make_store();
    expect_refused("wrong_key", 2);
    EXPECT_EQ(must(must(Store::open(options(OpenMode::existing))).meta("greeting")), "你好");
}

TEST_F(Opening, OneWrongBitInTheKeyIsTheWrongKey) {
    make_store();
    DatabaseOptions nearly = options(OpenMode::existing);
    nearly.key[31] = static_cast<unsigned char>(nearly.key[31] ^ 1);
    EXPECT_EQ(outcome(Store::open(nearly)), "wrong_key");
}

TEST_F(Opening, AFileThatIsNoDatabaseSaysSo) {
    for (const std::string& bytes :
         {std::string("%PDF-1.4 not a database"), std::string(100, 'x'), std::string(5000, '\0'),
          std::string(8192, 'y'), std::string("\xff\xd8\xff\xe0 a photo")}) {
        SCOPED_TRACE(bytes.size());
        write_file(path, bytes);
        expect_refused("not_a_database");
    }
}

TEST_F(Opening, ADatabaseOfSomebodyElseIsNotTouched) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(
        sqlite3_exec(db, "CREATE TABLE photos (name); INSERT INTO photos VALUES ('a')", nullptr, nullptr, nullptr),
        SQLITE_OK);
    sqlite3_close(db);
    const std::string before = read_file(path);
    const std::string result = open_as(OpenMode::create);
    EXPECT_TRUE(result == "not_a_database" || result == "wrong_key") << result;
    EXPECT_TRUE(read_file(path) == before);
}

TEST_F(Opening, AnotherProgramsFileUnderOurKeyIsNotTouched) {
    {
        Database db = must(Database::open(options(OpenMode::create)));
        must(db.execute("CREATE TABLE photos (name); PRAGMA application_id = 77; PRAGMA user_version = 5;"));
    }
    expect_refused("not_a_database");
}

TEST_F(Opening, AFolderIsNoDatabase) {
    std::filesystem::create_directory(path);
    EXPECT_NE(open_as(OpenMode::existing), "ok");
    EXPECT_NE(open_as(OpenMode::create), "ok");
}

TEST_F(Opening, AFileCutToItsFirstPageIsCorruptNotEmpty) {
    make_store();
    const std::string whole = read_file(path);
    ASSERT_GT(whole.size(), 8192U);
    write_file(path, whole.substr(0, 4096));
    auto store = Store::open(options(OpenMode::existing));
    EXPECT_EQ(store ? outcome(store.value().meta("greeting")) : outcome(store), "corrupt");
}

TEST_F(Opening, ADamagedPageIsReportedAsCorrupt) {
    World world;
    Handset& li = world.add("li", {village});
    for (int i = 0; i < 30; ++i) save(world, li, new_household(village, std::string(3000, 'x')));
    world.close(li);
    const std::string whole = read_file(li.path);
    int reported = 0;
    for (std::size_t page = 1; page * 4096 < whole.size(); page += 3) {
        SCOPED_TRACE("page " + std::to_string(page + 1));
        std::string damaged = whole;
        damaged[page * 4096 + 100] = static_cast<char>(damaged[page * 4096 + 100] ^ 1);
        write_file(li.path, damaged);
        auto phone = Phone::open(world.options_of(li), fresh_seed());
        const std::string opened = outcome(phone);
        const std::string verified = phone ? outcome(phone.value()->verify()) : opened;
        EXPECT_TRUE(verified == "corrupt" || verified == "ok") << verified;  // ok: a page that nobody reads
        if (verified == "corrupt") ++reported;
    }
    EXPECT_GT(reported, 5);
}

TEST_F(Opening, ANewerSchemaIsRefusedUntouched) {
    make_store();
    {
        Database db = must(Database::open(options(OpenMode::existing)));
        must(db.execute("PRAGMA user_version = 2"));
    }
    expect_refused("schema_too_new");
}

TEST_F(Opening, MigrationsRunOnce) {
    make_store();
    const std::string before = read_file(path);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(must(must(Store::open(options(OpenMode::existing))).meta("greeting")), "你好");
    EXPECT_TRUE(read_file(path) == before) << "opening writes nothing";
    Database db = must(Database::open(options(OpenMode::existing)));
    EXPECT_EQ(must(db.number("PRAGMA user_version")), 1);
    EXPECT_EQ(must(db.number("PRAGMA application_id")), 0x44535450);
}

TEST_F(Opening, AMigrationThatIsCutLeavesNothingBehind) {
    FaultPlan& plan = fault_plan();
    DatabaseOptions faulty = options(OpenMode::create);
    faulty.vfs = fault_vfs();
    plan = {};
    ASSERT_EQ(outcome(Store::open(faulty)), "ok");
    const std::uint64_t calls = plan.calls;
    ASSERT_GT(calls, 10U);
    for (std::uint64_t at = 1; at <= calls; ++at) {
        SCOPED_TRACE("call " + std::to_string(at));
        for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
        plan = {FaultPlan::Fault::io_error, at, 0, false};
        static_cast<void>(outcome(Store::open(faulty)));
        plan = {};
        ASSERT_TRUE(succeeds(Store::open(options(OpenMode::create)))) << "the next opening heals it";
    }
}

TEST_F(Opening, WorksInWriteAheadModeWithFullSync) {
    make_store();
    Database db = must(Database::open(options(OpenMode::existing)));
    Statement& mode = *must(db.statement("PRAGMA journal_mode"));
    {
        const Statement::Use use(mode);
        ASSERT_TRUE(must(mode.step()));
        EXPECT_EQ(mode.blob_at(0), "wal");
    }
    constexpr std::int64_t full = 2, normal = 1;
    EXPECT_EQ(must(db.number("PRAGMA synchronous")), full);
    DatabaseOptions rebuildable = options(OpenMode::existing);
    rebuildable.durability = Durability::normal;
    Database other = must(Database::open(rebuildable));
    EXPECT_EQ(must(other.number("PRAGMA synchronous")), normal);
}

TEST_F(Opening, ErrorsNameNoValues) {
    make_store();
    const auto wrong = Store::open(options(OpenMode::existing, 2));
    ASSERT_FALSE(wrong);
    EXPECT_THAT(wrong.error().detail, testing::Not(HasSubstr(path)));
}

TEST_F(Opening, AVfsWithoutEncryptionNeverWritesInTheClear) {
    DatabaseOptions bare = options(OpenMode::create);
    bare.vfs = "unix";
    if (auto store = Store::open(bare))
        static_cast<void>(outcome(store.value().set_meta("greeting", "只有持钥匙的人能读")));
    for (const char* suffix : {"", "-wal"}) EXPECT_THAT(read_file(path + suffix), testing::Not(HasSubstr("持钥匙")));
}

TEST(Transaction_, IsUndoneUnlessCommitted) {
    Scratch scratch;
    Store store = must(Store::open({scratch.path("s.db"), storage_key(1), OpenMode::create, Durability::normal, {}}));
    {
        const auto transaction = Transaction::begin(store.database());
        ASSERT_TRUE(succeeds(transaction));
        must(store.set_meta("a", "1"));
        EXPECT_EQ(must(store.meta("a")), "1") << "a transaction reads its own writes";
    }
    EXPECT_EQ(must(store.meta("a")), std::nullopt);
    {
        Transaction transaction = must(Transaction::begin(store.database()));
        must(store.set_meta("a", "2"));
        ASSERT_TRUE(succeeds(transaction.commit()));
    }
    EXPECT_EQ(must(store.meta("a")), "2");
    {
        Transaction first = must(Transaction::begin(store.database()));
        const Transaction moved = std::move(first);
        must(store.set_meta("a", "3"));
    }
    EXPECT_EQ(must(store.meta("a")), "2");
}

TEST(Transaction_, ASecondWriterIsBusyNotBroken) {
    Scratch scratch;
    const DatabaseOptions options{scratch.path("s.db"), storage_key(1), OpenMode::create, Durability::normal, {}};
    Store one = must(Store::open(options)), two = must(Store::open(options));
    must(two.database().execute("PRAGMA busy_timeout = 1"));
    {
        const Transaction transaction = must(Transaction::begin(one.database()));
        EXPECT_EQ(outcome(Transaction::begin(two.database())), "busy");
        EXPECT_EQ(outcome(two.set_meta("a", "1")), "busy");
        EXPECT_TRUE(succeeds(two.meta("a"))) << "readers go on";
    }
    EXPECT_TRUE(succeeds(two.set_meta("a", "1")));
    EXPECT_EQ(must(one.meta("a")), "1");
}

class Grouped : public testing::Test {
protected:
    Grouped() { fault_plan() = {}; }
    ~Grouped() override { fault_plan() = {}; }

    DatabaseOptions options() const {
        return {scratch.path("s.db"), storage_key(1), OpenMode::create, Durability::full, fault_vfs()};
    }
    /// One transaction of its own.
    static std::string put(Store& store, const char* key, BytesView value) {
        auto transaction = Transaction::begin(store.database());
        if (!transaction) return outcome(transaction);
        if (const Status set = store.set_meta(key, value); !set) return outcome(set);
        return outcome(transaction.value().commit());
    }
    static void put_and_undo(Store& store, const char* key) {
        const Transaction transaction = must(Transaction::begin(store.database()));
        must(store.set_meta(key, "undone"));
    }
    std::optional<Bytes> on_disk(const char* key) { return must(must(Store::open(options())).meta(key)); }

    Scratch scratch;
    Store store = must(Store::open(options()));
};

TEST_F(Grouped, TransactionsAppearTogether) {
    TransactionGroup group = must(TransactionGroup::begin(store.database()));
    EXPECT_EQ(put(store, "a", "1"), "ok");
    EXPECT_EQ(put(store, "b", "2"), "ok");
    EXPECT_EQ(must(store.meta("a")), "1") << "the next one reads what those before it wrote";
    EXPECT_EQ(on_disk("a"), std::nullopt);
    ASSERT_TRUE(succeeds(group.commit()));
    EXPECT_EQ(on_disk("a"), "1");
    EXPECT_EQ(on_disk("b"), "2");
    EXPECT_EQ(put(store, "a", "3"), "ok") << "and alone again";
    EXPECT_EQ(on_disk("a"), "3");
}

TEST_F(Grouped, TheyShareOneSync) {
    constexpr int transactions = 20;
    const auto write_all = [&] {
        for (int i = 0; i < transactions; ++i) EXPECT_EQ(put(store, "a", std::to_string(i)), "ok");
    };
    fault_plan().syncs = 0;
    write_all();
    EXPECT_GE(fault_plan().syncs, static_cast<std::uint64_t>(transactions));
    fault_plan().syncs = 0;
    TransactionGroup group = must(TransactionGroup::begin(store.database()));
    write_all();
    EXPECT_EQ(fault_plan().syncs, 0U);
    ASSERT_TRUE(succeeds(group.commit()));
    EXPECT_EQ(fault_plan().syncs, 1U);
}

TEST_F(Grouped, OneThatIsUndoneLeavesTheOthers) {
    TransactionGroup group = must(TransactionGroup::begin(store.database()));
    EXPECT_EQ(put(store, "a", "1"), "ok");
    put_and_undo(store, "a");
    put_and_undo(store, "b");
    EXPECT_EQ(put(store, "c", "3"), "ok");
    ASSERT_TRUE(succeeds(group.commit()));
    EXPECT_EQ(on_disk("a"), "1");
    EXPECT_EQ(on_disk("b"), std::nullopt);
    EXPECT_EQ(on_disk("c"), "3");
}

TEST_F(Grouped, WithoutCommitAllAreUndone) {
    {
        const TransactionGroup group = must(TransactionGroup::begin(store.database()));
        EXPECT_EQ(put(store, "a", "1"), "ok");
    }
    EXPECT_EQ(must(store.meta("a")), std::nullopt);
    EXPECT_EQ(put(store, "a", "2"), "ok");
    EXPECT_EQ(on_disk("a"), "2");
}

/// Whatever call fails: either all that was said to be done is on the disk, or the group said no and nothing is.
TEST_F(Grouped, AFailureNeverLeavesAPart) {
    const std::string words(20'000, 'x');
    ASSERT_TRUE(succeeds(store.database().execute("PRAGMA cache_size = 5")));  // so that pages go out before the commit
    for (const FaultPlan::Fault fault : {FaultPlan::Fault::disk_full, FaultPlan::Fault::io_error}) {
        bool struck = true;
        int refused = 0;
        for (std::uint64_t at = 1; struck; ++at) {
            SCOPED_TRACE("call " + std::to_string(at));
            const std::string value = std::to_string(static_cast<int>(fault)) + " " + std::to_string(at) + words;
            std::vector<std::string> outcomes;
            {
                TransactionGroup group = must(TransactionGroup::begin(store.database()));
                fault_plan() = {fault, at, 0, false, 0};
                for (const char* key : {"a", "b", "c", "d"}) outcomes.push_back(put(store, key, value));
                outcomes.push_back(outcome(group.commit()));
                struck = fault_plan().struck;
                fault_plan() = {};
            }
            const bool done = outcomes.back() == "ok";
            if (!done) ++refused;
            for (std::size_t i = 0; i < 4; ++i) {
                const char* key = std::array{"a", "b", "c", "d"}[i];
                const bool expected = done && outcomes[i] == "ok";
                EXPECT_EQ(must(store.meta(key)) == value, expected) << key << ": " << outcomes[i];
            }
            ASSERT_EQ(put(store, "e", value), "ok") << "the next one works";
        }
        EXPECT_GT(refused, 3);
    }
}

TEST_F(Grouped, AfterOneThatUndidAllTheRestIsRefused) {
    TransactionGroup group = must(TransactionGroup::begin(store.database()));
    EXPECT_EQ(put(store, "a", "1"), "ok");
    must(store.database().execute("ROLLBACK"));  // as SQLite does by itself when the disk is full
    EXPECT_EQ(put(store, "b", "2"), "busy");
    EXPECT_EQ(outcome(group.commit()), "busy");
    EXPECT_EQ(on_disk("a"), std::nullopt);
    EXPECT_EQ(on_disk("b"), std::nullopt);
}

TEST(WriteAheadLog, StaysBounded) {
    World world;
    Handset& li = world.add("li", {village});
    const std::string words(60'000, 'x');
    for (int i = 0; i < 300; ++i) save(world, li, new_household(village, words));
    const std::uintmax_t bytes = std::filesystem::file_size(li.path + "-wal");
    EXPECT_LT(bytes, (limits::wal_pages_max + 200) * std::uintmax_t{4200});
    must(li->maintain());
    EXPECT_GT(std::filesystem::file_size(li.path), 300U * 60'000U);
}

}  // namespace
}  // namespace doorstep::test
