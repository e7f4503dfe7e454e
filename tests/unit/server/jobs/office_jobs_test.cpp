// What the office's jobs do: over a real storage, with planted damage and a clock that the test turns.
#include "server/jobs/office_jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/schema.hpp"
#include "server/jobs/scheduler.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view village = "341222101202";
constexpr std::uint64_t hour = 3'600'000, day = 24 * hour;

class OfficeJobs : public testing::Test {
protected:
    OfficeJobs() : phone(world.enrolled("李明", village)) {}

    RecordId save(const std::string& summary) {
        return must(phone->save({test::new_household(village, summary)}, ++world.now_ms)).front();
    }
    /// A run of one job from its beginning to its end. Returns what the database then says of it.
    JobRun run(const std::string& name) {
        std::vector<Job> jobs = office_jobs(*world.storage);
        std::erase_if(jobs, [&](const Job& job) { return job.name != name; });
        alarms.clear();
        Scheduler scheduler(*world.storage, std::move(jobs), [&](const Error& error, std::string_view job) {
            alarms.push_back(std::string(job) + " " + std::string(error_name(error.code)));
        });
        world.now_ms += day;
        for (int i = 0; i < 1'000; ++i) {
            scheduler.work(world.now_ms += Scheduler::pause_ms);
            if (!must(world.storage->job_runs().find(name)).goes_on()) break;
        }
        return must(world.storage->job_runs().find(name));
    }
    /// Changes the office's file from outside, as a disk would that errs below the cipher.
    void plant(const std::string& sql) {
        DatabaseOptions options;
        options.path = world.scratch.path("office.db");
        options.key = StorageKey{};
        options.mode = OpenMode::existing;
        Database db = must(Database::open(options));
        must(db.execute(sql.c_str()));
    }
    std::vector<std::string> damage_noted() {
        std::vector<std::string> out;
        if (const auto last = must(world.storage->last_note(audit::Action::damage_found)))
            out.push_back(last->act.object);
        return out;
    }

    OfficeWorld world;
    std::unique_ptr<Phone> phone;
    std::vector<std::string> alarms;  ///< of the last run()
};

TEST_F(OfficeJobs, AWholeLogIsReadAndNothingFound) {
    for (int i = 0; i < 150; ++i) {
        const RecordId record = save("第" + std::to_string(i) + "户");
        if (i % 10 == 0)
            must(phone->save({{record, 1, {}, {{4, Kind::value, Op::Action::put, test::text("改"), {}}}}},
                             ++world.now_ms));
    }
    world.sync(*phone);
    const JobRun done = run("log_audit");
    EXPECT_EQ(done.done, 165U);
    EXPECT_EQ(done.found, 0U);
    EXPECT_THAT(alarms, IsEmpty());
    EXPECT_THAT(damage_noted(), IsEmpty());
}

TEST_F(OfficeJobs, EachKindOfDamageIsFoundWhereItIs) {
    struct Row {
        const char *name, *sql;
        std::uint64_t found;
    };
    const Row rows[] = {
        {"a byte of a commit", "UPDATE commits SET body = substr(body, 1, length(body) - 1) || x'41' WHERE no = 3", 1},
        {"a commit cut short", "UPDATE commits SET body = substr(body, 1, 20) WHERE no = 3", 1},
        {"a digest of a place", "UPDATE sequence SET digest = zeroblob(16) WHERE position = 3", 2},
        {"a record's state", "UPDATE folded SET state = state || x'00'", 1},
        {"a record that is gone", "DELETE FROM record WHERE id = (SELECT max(id) FROM record)", 1},
    };
    const RecordId twice = save("第一户");
    must(phone->save({{twice, 1, {}, {{4, Kind::value, Op::Action::put, test::text("改过"), {}}}}}, ++world.now_ms));
    for (int i = 2; i < 7; ++i) save("第" + std::to_string(i) + "户");
    world.sync(*phone);
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        plant(
            "CREATE TABLE kept_commits AS SELECT * FROM commits; CREATE TABLE kept_sequence AS SELECT * FROM sequence;"
            "CREATE TABLE kept_folded AS SELECT * FROM folded; CREATE TABLE kept_record AS SELECT * FROM record;");
        plant(row.sql);
        const JobRun done = run("log_audit");
        EXPECT_EQ(done.found, row.found);
        EXPECT_THAT(alarms, ElementsAre("log_audit corrupt"));
        EXPECT_EQ(done.done, 7U) << "it goes on behind what is damaged";
        ASSERT_EQ(damage_noted().size(), 1U);
        EXPECT_THAT(damage_noted().front(), testing::StartsWith(std::string(village) + " "));
        for (const char* table : {"commits", "sequence", "folded", "record"}) {
            const std::string name = table;
            plant("DELETE FROM " + name + "; INSERT INTO " + name + " SELECT * FROM kept_" + name +
                  "; DROP TABLE kept_" + name);
        }
        EXPECT_EQ(run("log_audit").found, 0U) << "put right";
    }
}

TEST_F(OfficeJobs, WhatHasServedItsTimeGoesAndNothingElse) {
    const RecordId record = save("一户三人");
    world.sync(*phone);
    const auto cookie = world.signed_in("窗口甲", Actor::window_officer, {{test::area(village)}});
    const std::string secret = cookie.front().second.substr(std::string("__Host-session=").size());
    static_cast<void>(world.code_for("王芳", village));
    must(world.storage->attachments().begin({"窗口甲", record, 10, "image/png"}, world.now_ms));
    must(world.storage->audit().record({world.now_ms,
                                        "窗口甲",
                                        Actor::window_officer,
                                        "POST /office/reveal",
                                        Purpose::handling,
                                        record,
                                        test::area(village),
                                        {}}));
    const std::uint64_t began = world.now_ms;
    const Verification before = must(world.storage->verify()).verification;
    const auto count = [&](const char* table) {
        DatabaseOptions options;
        options.path = world.scratch.path("office.db");
        options.mode = OpenMode::existing;
        Database db = must(Database::open(options));
        return must(db.number("SELECT count(*) FROM " + std::string(table)));
    };
    const std::int64_t chain = count("audit_entry");

    world.now_ms = began + 60'000 - day;  // run() turns the clock by a day
    run("retention");
    EXPECT_TRUE(world.storage->session(secret, began + 60'000)) << "still good";
    EXPECT_EQ(count("upload"), 1);
    world.now_ms = began;
    run("retention");
    EXPECT_EQ(count("staff_session"), 0);
    EXPECT_EQ(count("upload"), 1) << "36 hours";
    EXPECT_EQ(count("staff_audit"), 1);
    run("retention");
    EXPECT_EQ(count("upload"), 0);
    EXPECT_EQ(count("enrolment"), 0);
    world.now_ms = began + 183 * day;
    run("retention");
    EXPECT_EQ(count("staff_audit"), 1) << "six months and longer";
    world.now_ms = began + 4 * 365 * day;
    run("retention");
    EXPECT_EQ(count("staff_audit"), 0);
    EXPECT_EQ(count("audit_entry"), chain) << "the chain is whole";
    EXPECT_EQ(must(world.storage->verify()).verification.state, before.state) << "no word of a record";
}

TEST_F(OfficeJobs, FollowUpsAreCountedByTheDayOfTheCountry) {
    const std::int64_t today = china_day(world.now_ms + day);
    const auto promise = [&](std::int64_t on) {
        RecordEdit edit = test::new_household(village, "回访");
        edit.fields.push_back({5, Kind::value, Op::Action::put, Value::date(on), {}});
        static_cast<void>(must(phone->save({edit}, ++world.now_ms)));
    };
    for (int i = 0; i < 130; ++i) promise(today - 1 - i % 3);
    promise(today);
    promise(today);
    promise(today + 1);
    world.sync(*phone);
    const JobRun done = run("follow_ups");
    EXPECT_EQ(done.done, 132U);
    EXPECT_EQ(done.found, 130U);
    EXPECT_EQ(china_day(16 * hour - 1), 0);
    EXPECT_EQ(china_day(16 * hour), 1);
}

}  // namespace
}  // namespace doorstep::server
