// Two files of one office that follow one log: what is written to either is in both, row for row, and nothing is
// written past the log.
#include "core/store/shared_log.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/model/form.hpp"
#include "core/store/change_capture.hpp"
#include "core/store/scrub.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

/// A log as simple as it can be: a list in memory, and how far each file is in a table of its own.
class LogInMemory final : public SharedLog {
public:
    explicit LogInMemory(std::vector<Bytes>& entries) : entries_(entries) {}

    Status enter(Database& file) override {
        ++entered;
        return follow(file);
    }
    Status begin(Database& file) override {
        DOORSTEP_TRY_ASSIGN(ChangeCapture capture, ChangeCapture::begin(file));
        capture_.emplace(std::move(capture));
        return ok();
    }
    Status append(Database& file) override {
        DOORSTEP_TRY_ASSIGN(Bytes changes, capture_->changes());
        if (changes.empty()) return ok();
        if (fails) return Error{Errc::busy, "the log cannot be reached"};
        entries_.push_back(std::move(changes));
        return set_position(file);
    }
    void leave(Database&) noexcept override {
        capture_.reset();
        --entered;
    }
    std::uint64_t followed() const override { return followed_; }

    Status follow(Database& file) {
        return file.write_locally([&]() -> Status {
            DOORSTEP_TRY(file.execute("CREATE TABLE IF NOT EXISTS local_position (n INTEGER)"));
            DOORSTEP_TRY_ASSIGN(const std::int64_t at, file.number("SELECT n FROM local_position"));
            if (static_cast<std::size_t>(at) == entries_.size()) return ok();
            for (auto i = static_cast<std::size_t>(at); i < entries_.size(); ++i, ++followed_)
                DOORSTEP_TRY(apply_changes(file, entries_[i]));
            return set_position(file);
        });
    }

    bool fails = false;
    int entered = 0;  ///< and not left

private:
    Status set_position(Database& file) {
        DOORSTEP_TRY(file.execute("DELETE FROM local_position"));
        DOORSTEP_TRY_ASSIGN(Statement * insert, file.statement("INSERT INTO local_position VALUES (?1)"));
        return insert->integer(1, static_cast<std::int64_t>(entries_.size())).run();
    }
    std::vector<Bytes>& entries_;
    std::optional<ChangeCapture> capture_;
    std::uint64_t followed_ = 0;
};

/// Every row of every table that both have, in a text that two files can be compared by.
std::string rows_of(Database& db) {
    std::vector<std::string> tables;
    {
        Statement* query =
            must(db.statement("SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, "
                              "6) <> 'local_' ORDER BY name"));
        const Statement::Use use(*query);
        while (must(query->step())) tables.emplace_back(query->blob_at(0));
    }
    std::string out;
    for (const std::string& table : tables) {
        std::string columns;
        {
            const std::string sql = "SELECT name FROM pragma_table_info('" + table + "')";
            Statement query = must(Statement::prepare(db.handle(), sql));
            while (must(query.step()))
                columns += (columns.empty() ? "quote(" : " || ',' || quote(") + std::string(query.blob_at(0)) + ")";
        }
        Statement query =
            must(Statement::prepare(db.handle(), "SELECT " + columns + " AS line FROM " + table + " ORDER BY line"));
        while (must(query.step())) out += table + ": " + std::string(query.blob_at(0)) + "\n";
    }
    return out;
}

class SharedFiles : public testing::Test {
protected:
    struct Host {
        explicit Host(std::vector<Bytes>& entries) : log(entries) {}
        LogInMemory log;
        std::unique_ptr<Hub> hub;
        Database& file() { return hub->store().database(); }
    };

    SharedFiles() {
        must(Store::open({scratch.path("base.db"), storage_key(1), OpenMode::create, Durability::normal, {}}));
        for (const char* name : {"a", "b"}) {
            auto host = std::make_unique<Host>(entries);
            const std::string path = scratch.path(std::string(name) + ".db");
            std::filesystem::copy_file(scratch.path("base.db"), path);
            HubHost keeps;
            keeps.receipt_key = "the office's receipt key";
            keeps.erasures = std::make_shared<ErasuresInMemory>();
            host->hub = must(Hub::open({path, storage_key(1), OpenMode::create, Durability::normal, {}, &host->log},
                                       fresh_seed(), some_divisions(), std::move(keeps)));
            hosts.push_back(std::move(host));
        }
    }

    void sync(Handset& handset, Host& host) {
        std::optional<Bytes> request = must(handset->begin_sync());
        while (request) {
            Bytes answer;
            must(host.hub->together(
                [&] { answer = must(host.hub->exchange(handset.grant, *request, world.now_ms())); }));
            request = must(handset->continue_sync(answer, world.now_ms()));
        }
    }
    void expect_same() {
        for (const auto& host : hosts) must(host->log.follow(host->file()));
        const std::string a = rows_of(hosts[0]->file()), b = rows_of(hosts[1]->file());
        EXPECT_TRUE(a == b);
        EXPECT_NE(a.find("meta: "), a.npos) << "nothing was compared";
        for (const auto& host : hosts) EXPECT_EQ(host->log.entered, 0);
    }

    Scratch scratch;
    World world;  // its phones; its office is not asked
    std::vector<Bytes> entries;
    std::vector<std::unique_ptr<Host>> hosts;
};

TEST_F(SharedFiles, AreTheSameWhicheverIsWrittenTo) {
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village, other_village});
    for (int round = 0; round < 6; ++round) {
        const RecordId made = save(world, li, new_household(village, "第" + std::to_string(round) + "户"));
        sync(li, *hosts[static_cast<std::size_t>(round % 2)]);
        sync(wang, *hosts[static_cast<std::size_t>((round + 1) % 2)]);
        save(world, wang, set_text(made, field::summary, "改" + std::to_string(round)));
        save(world, li, add_need(made, "低保"));
        sync(wang, *hosts[static_cast<std::size_t>(round % 2)]);
        sync(li, *hosts[static_cast<std::size_t>((round + 1) % 2)]);
    }
    expect_same();
    for (const auto& host : hosts) EXPECT_EQ(must(host->hub->verify()).records, 6u);
    EXPECT_EQ(must(hosts[0]->hub->verify()).state, must(hosts[1]->hub->verify()).state);
    EXPECT_EQ(hosts[0]->hub->epoch(), hosts[1]->hub->epoch());
}

TEST_F(SharedFiles, WhatTheLogDoesNotTakeDidNotHappen) {
    Handset& li = world.add("li", {village});
    save(world, li, new_household(village, "张家"));
    Host& host = *hosts[0];
    const std::size_t before = entries.size();
    const std::string rows = rows_of(host.file());
    host.log.fails = true;
    const Status done = host.hub->together(
        [&] { static_cast<void>(host.hub->exchange(li.grant, must(li->begin_sync()), world.now_ms())); });
    EXPECT_EQ(outcome(done), "busy");
    EXPECT_EQ(entries.size(), before);
    EXPECT_TRUE(rows_of(host.file()) == rows);
    host.log.fails = false;
    sync(li, host);
    expect_same();
}

TEST_F(SharedFiles, NothingIsWrittenPastTheLog) {
    Database& file = hosts[0]->file();
    EXPECT_NE(outcome(hosts[0]->hub->store().set_meta("alone", "x")), "ok");
    EXPECT_FALSE(file.in_transaction());
    EXPECT_EQ(must(hosts[0]->hub->store().meta("alone")), std::nullopt);
    {
        Transaction transaction = must(Transaction::begin(file));
        must(hosts[0]->hub->store().set_meta("alone", "x"));
        must(transaction.commit());
    }
    must(file.write_locally(
        [&] { return file.execute("CREATE TABLE local_x (n INTEGER); INSERT INTO local_x VALUES (1)"); }));
    expect_same();
}

TEST_F(SharedFiles, AStepThatWasUndoneIsNotInTheLog) {
    Store& store = hosts[0]->hub->store();
    must(hosts[0]->hub->together([&] {
        {
            Transaction kept = must(Transaction::begin(store.database()));
            must(store.set_meta("kept", "1"));
            must(kept.commit());
        }
        Transaction undone = must(Transaction::begin(store.database()));
        must(store.set_meta("undone", "1"));
        must(store.set_meta("kept", "2"));
    }));
    expect_same();
    EXPECT_EQ(must(hosts[1]->hub->store().meta("kept")), "1");
    EXPECT_EQ(must(hosts[1]->hub->store().meta("undone")), std::nullopt);
}

TEST_F(SharedFiles, EachFileScrubsItself) {
    Store& a = hosts[0]->hub->store();
    {
        Transaction transaction = must(Transaction::begin(a.database()));
        must(ask_for_scrub(a));
        must(transaction.commit());
    }
    must(scrub_if_asked(a));
    must(hosts[1]->log.follow(hosts[1]->file()));
    EXPECT_EQ(must(hosts[1]->hub->store().meta("scrub")), "asked") << "the other's scrub is not this file's";
    must(scrub_if_asked(hosts[1]->hub->store()));
    expect_same();
}

TEST_F(SharedFiles, AFileThatIsNoCopyIsFoundOut) {
    must(hosts[0]->hub->together([&] { must(hosts[0]->hub->store().set_meta("word", "1")); }));
    Database& file = hosts[1]->file();
    must(hosts[1]->log.follow(file));
    must(file.write_locally([&] { return file.execute("DELETE FROM meta WHERE key = 'word'"); }));
    must(hosts[0]->hub->together([&] { must(hosts[0]->hub->store().set_meta("word", "2")); }));
    EXPECT_EQ(outcome(hosts[1]->log.follow(file)), "corrupt");
}

TEST_F(SharedFiles, RowsThatChangedAreTold) {
    Handset& li = world.add("li", {village});
    save(world, li, new_household(village, "张家"));
    sync(li, *hosts[0]);
    std::map<std::int64_t, int> told;
    for (const Bytes& entry : entries)
        for (const std::int64_t row : must(rows_changed(entry, "stream"))) ++told[row];
    const Stream home = stream(village);
    EXPECT_EQ(told.count(must(hosts[0]->hub->store().stream_no(home))), 1u);
    EXPECT_EQ(outcome(rows_changed("no patchset", "stream")), "corrupt");
}

// A table without a primary key would be in one file alone.
TEST(ChangeCapture, EveryTableOfTheStoreHasAKey) {
    const Scratch scratch;
    Store store = must(Store::open({scratch.path("x.db"), storage_key(1), OpenMode::create, Durability::normal, {}}));
    EXPECT_EQ(must(tables_without_key(store.database())), std::vector<std::string>());
    must(store.database().execute("CREATE TABLE keyless (a INTEGER)"));
    EXPECT_EQ(must(tables_without_key(store.database())), std::vector<std::string>{"keyless"});
}

}  // namespace
}  // namespace doorstep::test
