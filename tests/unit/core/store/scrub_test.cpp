// What is left in a file of rows that are gone: nothing, once it was scrubbed.
#include "core/store/scrub.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

class Scrub : public testing::Test {
protected:
    Scrub() {
        options.path = scratch.path("scrubbed.db");
        options.key = storage_key(1);
        options.mode = OpenMode::create;
    }
    /// Pages of the file and its log, as they lie while it is open.
    Bytes pages() {
        copy_database(options.path, scratch.path("copy.db"));
        DatabaseOptions copy = options;
        copy.path = scratch.path("copy.db");
        return decrypted_pages(copy);
    }
    Scratch scratch;
    DatabaseOptions options;
};

// Rows of all sizes come, grow, move from page to page and go, without and with long values. Then those that hold the
// word go.
TEST_F(Scrub, NothingIsLeftOfRowsThatAreGone) {
    Store store = must(Store::open(options));
    Database& db = store.database();
    must(
        db.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, body BLOB NOT NULL);"
                   "CREATE TABLE others (id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;"));
    Random random(1);
    const auto body = [&](bool secret) {
        const std::string word = secret ? "to be erased " : "to be kept ";
        std::string out;
        for (std::uint64_t n = 1 + random.below(random.chance(10) ? 2000 : 20); n > 0; --n) out += word;
        return out;
    };
    for (int n = 0; n < 4000; ++n) {
        Transaction transaction = must(Transaction::begin(db));
        const auto id = static_cast<std::int64_t>(random.below(700));
        const std::string words = body(id % 7 == 0);
        Statement& insert = *must(db.statement("INSERT OR REPLACE INTO words (id, body) VALUES (?1, ?2)"));
        must(insert.integer(1, id).blob(2, words).run());
        const std::string key = std::to_string(id * 7919 % 701);
        Statement& other = *must(db.statement("INSERT OR REPLACE INTO others (id, body) VALUES (?1, ?2)"));
        must(other.blob(1, key).blob(2, words).run());
        must(transaction.commit());
        if (n % 500 == 0) must(db.checkpoint());
    }
    must(
        db.execute("DELETE FROM words WHERE id % 7 = 0;"
                   "DELETE FROM others WHERE instr(body, CAST('to be erased' AS BLOB)) > 0;"));
    must(ask_for_scrub(store));
    must(db.number("PRAGMA wal_checkpoint(TRUNCATE)"));  // what is deleted was overwritten, and that is not enough
    ASSERT_NE(pages().find("to be erased"), Bytes::npos) << "the scan would find it";
    const std::int64_t before = must(db.number("SELECT count(*) + sum(length(body)) FROM words"));
    must(scrub_if_asked(store));
    EXPECT_EQ(pages().find("be erased"), Bytes::npos);
    EXPECT_NE(pages().find("to be kept"), Bytes::npos);
    EXPECT_EQ(must(db.number("SELECT count(*) + sum(length(body)) FROM words")), before);
    EXPECT_EQ(must(db.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'")), 0);
    EXPECT_EQ(std::filesystem::file_size(options.path + "-wal") > 64 * 1024, false) << "the log was emptied";
}

TEST_F(Scrub, IsDoneOnceAndOnlyWhenAsked) {
    Store store = must(Store::open(options));
    must(store.set_meta("secret", Bytes(9000, 's')));
    must(scrub_if_asked(store));
    must(ask_for_scrub(store));
    must(scrub_if_asked(store));
    const std::int64_t pages_written = store.database().wal_pages();
    must(scrub_if_asked(store));
    EXPECT_EQ(store.database().wal_pages(), pages_written);
}

// Whoever reads the log at that moment keeps its end where it is: it stays to be done.
TEST_F(Scrub, WaitsForAReader) {
    Store store = must(Store::open(options));
    must(store.set_meta("secret", Bytes(9000, 's')));
    {
        Store reader = must(Store::open(options));
        must(reader.database().execute("BEGIN; SELECT count(*) FROM meta;"));
        must(store.set_meta("secret", "gone"));
        must(ask_for_scrub(store));
        must(store.database().execute("PRAGMA busy_timeout = 10"));
        must(scrub_if_asked(store));
        EXPECT_EQ(must(store.meta("scrub")), std::optional<Bytes>("asked"));
        must(reader.database().execute("ROLLBACK"));
    }
    must(scrub_if_asked(store));
    EXPECT_EQ(must(store.meta("scrub")), std::optional<Bytes>(""));
    EXPECT_EQ(pages().find(std::string(100, 's')), Bytes::npos);
}

}  // namespace
}  // namespace doorstep::test
