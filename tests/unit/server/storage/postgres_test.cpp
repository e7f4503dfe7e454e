// What PostgreSQL alone has to promise: nothing of another county is seen, nothing is in the clear, and whatever is
// lost on the way (a connection, an answer, a file, PostgreSQL's own last day) loses no word.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "core/base/sha256.hpp"
#include "core/store/change_capture.hpp"
#include "server/storage/postgres/migrations.hpp"
#include "tests/unit/server/storage/county.hpp"
#include "tests/unit/server/storage/cut_line.hpp"

namespace doorstep::server::test {
namespace {

using namespace doorstep::test;
using postgres::Connection;
using postgres::Parameter;
using postgres::Query;
namespace fs = std::filesystem;

PostgresCluster& cluster() { return PostgresCluster::shared(); }

std::unique_ptr<Connection> superuser() {
    return must(Connection::open({cluster().superuser_url() + " dbname=county", "nobody"}));
}

std::int64_t count(Connection& connection, std::string_view sql) { return must(connection.run({sql})).number(0, 0); }

/// Ends every connection of the server's role, as an administrator or a failing network would.
void end_connections() {
    must(
        superuser()->run({"SELECT pg_terminate_backend(pid)::int::bigint FROM pg_stat_activity WHERE usename = "
                          "'office'"}));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

// --- connections -----------------------------------------------------------------------------------------------------

TEST(PostgresConnection, GoesOnAfterAnErrorInAPipeline) {
    const auto connection = must(Connection::open(cluster().address("pipeline")));
    const Query good{"SELECT $1::bigint", {Parameter::number(7)}};
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(outcome(connection->run_all({good, {"SELECT 1 / (SELECT 0)::bigint"}, good})), "internal");
        EXPECT_FALSE(connection->is_lost());
        const auto rows = must(connection->run_all({good, good}));
        EXPECT_EQ(rows[1].number(0, 0), 7);
    }
    EXPECT_EQ(outcome(connection->run({"SELECT * FROM pg_authid"})), "bad_configuration");
    EXPECT_EQ(outcome(Connection::open({cluster().url() + " dbname=none", "x"})), "bad_configuration");
    EXPECT_EQ(outcome(Connection::open({"host=" + cluster().folder() + "/none", "x"})), "busy");
}

TEST(PostgresConnection, ThatIsEndedIsLostAndSaysSo) {
    const auto connection = must(Connection::open(cluster().address("lost")));
    end_connections();
    EXPECT_EQ(outcome(connection->run({"SELECT 1::bigint"})), "busy");
    EXPECT_TRUE(connection->is_lost());
}

TEST(PostgresConnection, CarriesBytesAsTheyAre) {
    const auto connection = must(Connection::open(cluster().address("bytes")));
    Bytes all;
    for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
    const auto rows =
        must(connection->run({"SELECT $1, ($2::bytea[])[2], ($3::bigint[])[1]",
                              {Parameter::bytes(all), Parameter::list({"", all}), Parameter::numbers({INT64_MIN})}}));
    EXPECT_EQ(rows.bytes(0, 0), all);
    EXPECT_EQ(rows.bytes(0, 1), all);
    EXPECT_EQ(rows.number(0, 2), INT64_MIN);
}

// --- the second net --------------------------------------------------------------------------------------------------

TEST(PostgresTenants, AForgottenFilterShowsNothingOfAnother) {
    County ours(Kind::postgres), theirs(Kind::postgres);
    const auto a = ours.open(1), b = theirs.open(1);
    County::Handset li = ours.enrol(*a, "li", {village});
    ours.save(li, new_household(village, "张家"));
    must(ours.sync(li, *a));
    const auto owner = ours.connect(), other = theirs.connect(), admin = superuser();
    must(owner->run({"INSERT INTO erasure VALUES (current_setting('doorstep.tenant'), 'x', 1, 'y')"}));
    for (const char* table : {"tenant", "stream", "entry", "base", "follower", "erasure"}) {
        SCOPED_TRACE(table);
        const std::string named = std::string("SELECT count(*) FROM doorstep.") + table;
        const std::string foreign = named + " WHERE tenant = '" + ours.tenant() + "'";
        EXPECT_GT(count(*admin, foreign), 0) << "there must be something to see";
        EXPECT_EQ(count(*other, foreign), 0);
        EXPECT_EQ(count(*owner, named), count(*admin, foreign)) << "no filter at all";
        const std::string take = std::string("UPDATE ") + table + " SET tenant = '" + theirs.tenant() + "'";
        EXPECT_EQ(outcome(owner->script(take)), "bad_configuration") << "a row was given to another";
        must(other->script(std::string("DELETE FROM ") + table + " WHERE tenant = '" + ours.tenant() + "'"));
        EXPECT_GT(count(*admin, foreign), 0);
    }
}

TEST(PostgresTenants, EveryTableHasThePolicyAndItsTenantComesFirst) {
    const County county(Kind::postgres);
    static_cast<void>(county.open(1));
    const auto admin = superuser();
    EXPECT_GT(count(*admin,
                    "SELECT count(*) FROM pg_class WHERE relnamespace = 'doorstep'::regnamespace AND relkind "
                    "= 'r' AND relname <> 'schema_version'"),
              4);
    EXPECT_EQ(count(*admin,
                    "SELECT count(*) FROM pg_class WHERE relnamespace = 'doorstep'::regnamespace AND relkind "
                    "= 'r' AND relname <> 'schema_version' AND NOT (relrowsecurity AND relforcerowsecurity AND "
                    "EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = pg_class.oid) AND EXISTS (SELECT 1 FROM "
                    "pg_index WHERE indrelid = pg_class.oid AND indisprimary AND indkey[0] = (SELECT attnum "
                    "FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant')))"),
              0);
}

TEST(PostgresTenants, ASuperuserIsRefused) {
    const Scratch scratch;
    EXPECT_EQ(
        outcome(postgres::open_postgres_storage({cluster().superuser_url() + " dbname=county", "x"},
                                                scratch.path("x.db"), storage_key(1), fresh_seed(), some_divisions())),
        "bad_configuration");
    EXPECT_FALSE(fs::exists(scratch.path("x.db")));
}

// --- locks -----------------------------------------------------------------------------------------------------------

// Who waits for the first stream must not hold the second: the other one wants it next. Taken in the order given, the
// two would wait for each other, and PostgreSQL would end one of them.
TEST(PostgresLocks, OfStreamsAreTakenInOneOrder) {
    const County county(Kind::postgres);
    static_cast<void>(county.open(1));
    const auto one = county.connect(), two = county.connect();
    const postgres::StreamEnd x{"area 01", "c", "chain", 1}, y{"area 02", "c", "chain", 1};
    must(one->run_all(postgres::write_streams({x, y})));
    must(one->run({"BEGIN"}));
    must(one->run_all(postgres::write_streams({x})));
    Status waited = ok();
    std::thread other([&] {
        must(two->run({"BEGIN"}));
        const auto done = two->run_all(postgres::write_streams({y, x}));
        waited = done ? ok() : Status(done.error());
        must(two->run({"ROLLBACK"}));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto second = one->run_all(postgres::write_streams({y}));
    EXPECT_EQ(outcome(second), "ok");
    must(one->run({second ? "COMMIT" : "ROLLBACK"}));
    other.join();
    EXPECT_EQ(outcome(waited), "ok");
}

// --- what is lost on the way -----------------------------------------------------------------------------------------

class OnPostgres : public testing::Test {
protected:
    County county{Kind::postgres};
    std::unique_ptr<Storage> a = county.open(1), b = county.open(2);
    County::Handset li = county.enrol(*a, "li", {village});

    std::int64_t position() { return count(*county.connect(), "SELECT position FROM tenant"); }
    void expect_same() {
        must(a->catch_up());
        must(b->catch_up());
        EXPECT_EQ(must(a->verify()).verification.state, must(b->verify()).verification.state);
        EXPECT_EQ(must(a->verify()).verification.commits, must(b->verify()).verification.commits);
    }
    Status note(Storage& storage) {
        return storage.note({audit::Action::backed_up, std::string(audit::console)}, county.now_ms());
    }
};

TEST_F(OnPostgres, AConnectionThatEndedBetweenRequestsIsMadeAgain) {
    county.save(li, new_household(village, "张家"));
    end_connections();
    must(county.sync(li, *a));
    end_connections();
    must(b->catch_up());
    expect_same();
}

TEST_F(OnPostgres, AConnectionThatEndedWithinATransactionCostsNothingIfNobodyWrote) {
    const std::int64_t before = position();
    must(a->together([&] {
        must(note(*a));
        end_connections();
    }));
    EXPECT_EQ(position(), before + 1);
    expect_same();
}

TEST_F(OnPostgres, WhoLostTheLockWhileAnotherWroteIsUndone) {
    const std::int64_t before = position();
    Status theirs = ok();
    const Status ours = a->together([&] {
        must(note(*a));
        end_connections();
        theirs = note(*b);
    });
    EXPECT_EQ(outcome(ours), "busy");
    EXPECT_EQ(outcome(theirs), "ok");
    EXPECT_EQ(position(), before + 1);
    expect_same();
    must(note(*a));
    EXPECT_EQ(position(), before + 2);
    expect_same();
}

TEST_F(OnPostgres, ACommitWhoseAnswerIsLostIsLookedUp) {
    CutLine line(cluster().folder());
    const std::string url = "host=" + line.folder() + " user=office dbname=county";
    auto c = must(postgres::open_postgres_storage({url, county.tenant()}, county.path(3), storage_key(1), fresh_seed(),
                                                  some_divisions()));
    const std::int64_t before = position();
    must(c->together([&] {
        must(note(*c));
        line.cut_after_next();  // which is all of the append, with its COMMIT
    }));
    EXPECT_EQ(position(), before + 1) << "it happened once";
    must(note(*c));
    EXPECT_EQ(position(), before + 2);
    must(a->catch_up());
    EXPECT_EQ(must(a->last_note(audit::Action::backed_up))->number,
              must(c->last_note(audit::Action::backed_up))->number);
}

TEST_F(OnPostgres, PostgresMayFailAndComeBack) {
    county.save(li, new_household(village, "张家"));
    must(county.sync(li, *a));
    cluster().restart();
    county.save(li, new_household(village, "李家"));
    must(county.sync(li, *b));
    expect_same();
    EXPECT_EQ(must(a->verify()).verification.records, 2u);
}

TEST_F(OnPostgres, WhatCannotBeReachedIsBusyAndComesBack) {
    const std::string url = "host=" + cluster().folder() + "/none";
    const Scratch scratch;
    EXPECT_EQ(outcome(postgres::open_postgres_storage({url, "x"}, scratch.path("x.db"), storage_key(1), fresh_seed(),
                                                      some_divisions())),
              "busy");
}

// --- files that are thrown away --------------------------------------------------------------------------------------

TEST_F(OnPostgres, AFileThatIsGoneIsMadeAgain) {
    county.save(li, new_household(village, "张家"));
    must(county.sync(li, *a));
    const Digest state = must(a->verify()).verification.state;
    a.reset();
    for (const char* behind : {"", "-wal", "-shm"}) fs::remove(county.path(1) + behind);
    a = county.open(1);
    EXPECT_EQ(must(a->verify()).verification.state, state);
    must(county.sync(li, *a));
    expect_same();
}

TEST_F(OnPostgres, AFileThatSomebodyChangedIsFoundOutAndMadeAgain) {
    must(b->catch_up());
    b.reset();
    {
        DatabaseOptions options;
        options.path = county.path(2);
        options.key = storage_key(1);
        Database file = must(Database::open(options));
        must(file.execute("DELETE FROM device_replica; DELETE FROM device"));
    }
    must(a->revoke("li", "li", county.now_ms()));
    b = must(county.open_at(county.path(3)));  // a sound one goes on
    EXPECT_EQ(must(b->devices("li", "li")).size(), 1u);
    EXPECT_EQ(outcome(county.open_at(county.path(2))), "corrupt");
    b = county.open(2);
    EXPECT_TRUE(fs::exists(county.path(2) + ".ahead")) << "nothing is thrown away";
    EXPECT_EQ(must(b->devices("li", "li")).size(), 1u);
    expect_same();
}

TEST_F(OnPostgres, WhoIsBehindTheLastBaseBeginsFromIt) {
    b.reset();
    for (int i = 0; i < 3; ++i) {
        county.save(li, new_household(village, "户" + std::to_string(i)));
        must(county.sync(li, *a));
        must(a->back_up(county.scratch().path("copy" + std::to_string(i)), county.now_ms()));
    }
    EXPECT_GT(count(*county.connect(), "SELECT min(position) FROM entry"), 2) << "something must have been let go";
    b = county.open(2);
    expect_same();
}

// PostgreSQL came back from yesterday's backup: today's words are in a file that is put aside, and on phones.
TEST_F(OnPostgres, WhatPostgresLostComesBackFromPhones) {
    county.save(li, new_household(village, "昨天"));
    must(county.sync(li, *a));
    const auto admin = superuser();
    const std::string mine = " WHERE tenant = '" + county.tenant() + "'";
    must(admin->script("CREATE TABLE yesterday AS SELECT * FROM doorstep.tenant" + mine));
    const RecordId today = county.save(li, new_household(village, "今天"));
    must(county.sync(li, *a));
    a.reset();
    b.reset();
    must(admin->script("DELETE FROM doorstep.entry" + mine +
                       " AND position > (SELECT position FROM yesterday); DELETE FROM "
                       "doorstep.tenant" +
                       mine +
                       "; INSERT INTO doorstep.tenant SELECT * FROM yesterday; DROP TABLE "
                       "yesterday"));
    a = county.open(1);
    EXPECT_TRUE(fs::exists(county.path(1) + ".ahead"));
    EXPECT_EQ(outcome(a->history(today)), "not_found");
    for (int i = 0; i < 3; ++i) must(county.sync(li, *a));
    EXPECT_EQ(outcome(a->history(today)), "ok");
    b = county.open(2);
    expect_same();
}

// --- keys and versions -----------------------------------------------------------------------------------------------

TEST_F(OnPostgres, NothingIsInTheClear) {
    const std::string words = "一句谁也不该看见的话 " + county.tenant();
    county.save(li, new_household(village, words));
    must(county.sync(li, *a));
    must(a->back_up(county.scratch().path("copy.db"), county.now_ms()));
    must(superuser()->run({"CHECKPOINT"}));
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(cluster().folder() + "/data")) {
        if (!entry.is_regular_file()) continue;
        std::ostringstream bytes;
        bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        ++files;
        EXPECT_EQ(bytes.str().find(words), std::string::npos) << entry.path();
    }
    EXPECT_GT(files, 100u);
    EXPECT_NE(must(a->list(0, 10)).size(), 0u);
}

TEST_F(OnPostgres, AnotherKeyIsTheWrongKey) {
    EXPECT_EQ(outcome(county.open_at(county.path(3), 2)), "wrong_key");
    EXPECT_FALSE(fs::exists(county.path(3)));
}

TEST_F(OnPostgres, ANewerFormatIsLeftAlone) {
    must(county.connect()->run({"UPDATE tenant SET format = format + 1"}));
    EXPECT_EQ(outcome(note(*a)), "schema_too_new") << "a process that was running";
    EXPECT_EQ(outcome(county.open_at(county.path(3))), "schema_too_new");
    must(county.connect()->run({"UPDATE tenant SET format = format - 1"}));
    must(note(*a));
    const auto newest = static_cast<std::int64_t>(postgres::migrations().size());
    must(county.connect()->run({"INSERT INTO schema_version VALUES ($1)", {Parameter::number(newest + 1)}}));
    EXPECT_EQ(outcome(county.open_at(county.path(3))), "schema_too_new");
    must(county.connect()->run({"DELETE FROM schema_version WHERE version = $1", {Parameter::number(newest + 1)}}));
    EXPECT_EQ(outcome(county.open_at(county.path(3))), "ok");
}

TEST_F(OnPostgres, EntriesOfErasedWordsGoOnceAllHaveFollowed) {
    const RecordId made = county.save(li, new_household(village, "要删的话"));
    must(county.sync(li, *a));
    const WrittenPart part = must(a->parts_of(made)).front();
    ErasureOrder order;
    order.dot = part.dot;
    order.stream = part.stream;
    order.rule = "第四十七条";
    order.ordered_by = "li";
    must(a->erase(order, "chen", county.now_ms()));
    const auto line = county.connect();
    const std::int64_t forget = count(*line, "SELECT forget FROM tenant");
    EXPECT_GT(forget, 0) << "the other has not followed yet";
    must(b->catch_up());
    EXPECT_EQ(count(*line, "SELECT forget FROM tenant"), 0);
    EXPECT_EQ(
        must(line->run({"SELECT count(*) FROM entry WHERE position <= $1", {Parameter::number(forget)}})).number(0, 0),
        0);
    expect_same();
    EXPECT_EQ(count(*line, "SELECT count(*) FROM erasure"), 1);
}

// A change of any table changes what entries hold: raise postgres::format, and see to older ones.
TEST(PostgresFormat, IsThatOfTheseTables) {
    const Scratch scratch;
    Store store = must(Store::open({scratch.path("x.db"), storage_key(1), OpenMode::create, Durability::normal, {}}));
    must(make_storage_tables(store.database()));
    EXPECT_EQ(must(tables_without_key(store.database())), std::vector<std::string>());
    Bytes schema;
    Statement* query =
        must(store.database().statement("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
                                        "AND type = 'table' ORDER BY name"));
    const Statement::Use use(*query);
    while (must(query->step())) schema.append(query->blob_at(1)).append(query->blob_at(2));
    EXPECT_EQ(postgres::format, 1);
    EXPECT_EQ(sha256(schema).hex().substr(0, 16), "c4e5fa35228a0916");
}

// --- from SQLite and back --------------------------------------------------------------------------------------------

TEST(MoveToPostgres, LosesNoDeviceNoCursorAndNoLink) {
    County file(Kind::sqlite), shared(Kind::postgres);
    auto storage = file.open(1);
    County::Handset li = file.enrol(*storage, "li", {village});
    for (int i = 0; i < 3; ++i) file.save(li, new_household(village, "户" + std::to_string(i)));
    must(file.sync(li, *storage));
    const StorageReport before = must(storage->verify());
    const auto number = must(storage->last_note(audit::Action::enrolment_used))->number;
    EXPECT_EQ(outcome(postgres::move_to_postgres(shared.address(), file.path(1), storage_key(1))), "busy")
        << "while a server has it open";
    storage.reset();
    must(postgres::move_to_postgres(shared.address(), file.path(1), storage_key(1)));
    EXPECT_EQ(outcome(postgres::move_to_postgres(shared.address(), file.path(1), storage_key(1))), "already_exists");
    EXPECT_EQ(outcome(file.open_at(file.path(1))), "bad_configuration") << "a copy is not written to alone";

    const auto open = [&](const std::string& path) {
        return postgres::open_postgres_storage(shared.address(), path, storage_key(1), fresh_seed(), some_divisions());
    };
    auto a = must(open(file.path(1))), b = must(open(shared.path(2)));
    EXPECT_EQ(must(b->verify()).verification.state, before.verification.state);
    EXPECT_EQ(must(b->last_note(audit::Action::enrolment_used))->number, number);
    for (std::size_t i = 0; i < before.heads.size(); ++i) {
        EXPECT_EQ(must(b->verify()).heads[i].position, before.heads[i].position);
        EXPECT_EQ(must(b->verify()).heads[i].digest, before.heads[i].digest);
    }
    const Bytes hello = must(li->begin_sync());
    const Device device = must(b->authenticate(li.token, file.now_ms()));
    const Bytes answer = must(b->exchange(device, hello, file.now_ms()));
    EXPECT_LE(hello.size() + answer.size(), 600u) << "the phone has its place in every stream";
    file.save(li, new_household(village, "搬家以后"));
    must(file.sync(li, *b));
    must(a->catch_up());
    EXPECT_EQ(must(a->verify()).verification.records, 4u);
    a.reset();
    b.reset();

    must(postgres::move_to_sqlite(shared.address(), file.path(1), storage_key(1)));
    EXPECT_EQ(outcome(open(shared.path(2))), "bad_configuration") << "nobody goes on writing to PostgreSQL";
    storage = file.open(1);
    EXPECT_EQ(must(storage->verify()).verification.records, 4u);
    file.save(li, new_household(village, "又搬回来"));
    must(file.sync(li, *storage));
    EXPECT_EQ(must(storage->verify()).verification.records, 5u);
}

// --- all of it at once -----------------------------------------------------------------------------------------------

TEST(PostgresSwarm, ManyPhonesOverThreeProcessesThatComeAndGo) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        const auto below = [&](std::uint64_t n) { return static_cast<std::size_t>(random() % n); };
        County county(Kind::postgres);
        std::vector<std::unique_ptr<Storage>> servers;
        for (int n = 0; n < 3; ++n) servers.push_back(county.open(n));
        std::vector<County::Handset> phones;
        for (const char* name : {"li", "wang", "zhao", "qian"})
            phones.push_back(county.enrol(*servers[below(3)], name, {village, other_village}));
        std::vector<RecordId> records;
        for (int step = 0; step < 60; ++step) {
            County::Handset& phone = phones[below(phones.size())];
            const std::size_t server = below(3);
            switch (below(6)) {
                case 0:
                case 1:
                    records.push_back(county.save(
                        phone, new_household(below(2) == 0 ? village : other_village, "户" + std::to_string(step))));
                    break;
                case 2:
                case 3: must(county.sync(phone, *servers[server])); break;
                case 4:
                    if (!records.empty() && phone->read(records[below(records.size())]))
                        must(county.sync(phone, *servers[server]));
                    break;
                default:
                    if (below(3) == 0) end_connections();
                    servers[server].reset();
                    servers[server] = county.open(static_cast<int>(server));
            }
        }
        for (int round = 0; round < 2; ++round)
            for (County::Handset& phone : phones) must(county.sync(phone, *servers[below(3)]));
        for (const auto& server : servers) {
            must(server->catch_up());
            EXPECT_EQ(must(server->verify()).verification.records, records.size());
            EXPECT_EQ(must(server->verify()).verification.state, must(servers[0]->verify()).verification.state);
        }
        for (County::Handset& phone : phones)
            for (const RecordId& record : records) EXPECT_EQ(outcome(phone->read(record)), "ok");
    }
}

}  // namespace
}  // namespace doorstep::server::test
