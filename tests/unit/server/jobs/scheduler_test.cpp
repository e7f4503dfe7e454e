// Which job takes the next step, and when: with a clock that the test turns.
#include "server/jobs/scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t hour = 3'600'000, day = 24 * hour;
constexpr std::uint64_t night = 20'000 * day;  // the beginning of a day

TEST(Rhythms, AreDueOnceASpan) {
    struct Row {
        const char* name;
        Rhythm rhythm;
        std::uint64_t began, now;
        bool due;
    };
    const Rhythm hourly{hour, 0}, nightly{day, 18 * hour};
    const Row rows[] = {{"never", hourly, 0, night, true},
                        {"in the same hour", hourly, night, night + hour - 1, false},
                        {"in the next", hourly, night + hour - 1, night + hour, true},
                        {"before its time of day", nightly, night - 6 * hour, night + 18 * hour - 1, false},
                        {"at its time of day", nightly, night - 6 * hour, night + 18 * hour, true},
                        {"later that day", nightly, night + 18 * hour, night + 42 * hour - 1, false},
                        {"missed for a week", nightly, night, night + 7 * day, true},
                        {"the clock went back", nightly, night + 9 * day, night, true}};
    for (const Row& row : rows) EXPECT_EQ(row.rhythm.is_due(row.began, row.now), row.due) << row.name;
}

class Schedule : public testing::Test {
protected:
    /// A job of so many steps a run that writes down each of them.
    Job job(const std::string& name, std::uint64_t steps, Rhythm rhythm = {hour, 0}) {
        return {name, rhythm, [this, name, steps](const JobRun& run, std::uint64_t) -> Result<JobStep> {
                    taken.push_back(name + run.cursor);
                    if (name == "breaks") return Error{Errc::io, "a disk"};
                    const bool last = run.cursor.size() + 1 == steps;
                    return JobStep{1, 2, last ? JobStep::Rest::none : JobStep::Rest::some, run.cursor + "'"};
                }};
    }
    Scheduler made(std::vector<Job> jobs) {
        return {*world.storage, std::move(jobs), [this](const Error& error, std::string_view name) {
                    failed.push_back(std::string(name) + " " + std::string(error_name(error.code)));
                }};
    }
    void work(Scheduler& scheduler, int beats) {
        for (; beats > 0; --beats) scheduler.work(now += Scheduler::pause_ms);
    }

    OfficeWorld world;
    std::uint64_t now = night + 1;
    std::vector<std::string> taken, failed;
};

TEST_F(Schedule, TakesOneStepABeatAndNoneTooSoon) {
    Scheduler scheduler = made({job("a", 1), job("b", 1)});
    scheduler.work(now);
    scheduler.work(now + Scheduler::pause_ms - 1);
    EXPECT_THAT(taken, ElementsAre("a"));
    work(scheduler, 10);
    EXPECT_THAT(taken, ElementsAre("a", "b")) << "and no more in this hour";
    now += hour;
    work(scheduler, 10);
    EXPECT_THAT(taken, ElementsAre("a", "b", "a", "b"));
}

TEST_F(Schedule, ALongRunHoldsUpNoShortOne) {
    Scheduler scheduler = made({job("long", 4), job("short", 1)});
    work(scheduler, 9);
    EXPECT_THAT(taken, ElementsAre("long", "short", "long'", "long''", "long'''"));
    const JobRun run = must(world.storage->job_runs().find("long"));
    EXPECT_EQ(run.done, 4U);
    EXPECT_EQ(run.found, 8U);
    EXPECT_EQ(run.ended_ms, run.stepped_ms);
}

TEST_F(Schedule, GoesOnAfterAKill) {
    {
        Scheduler scheduler = made({job("a", 3)});
        work(scheduler, 2);
    }
    Scheduler scheduler = made({job("a", 3)});
    work(scheduler, 5);
    EXPECT_THAT(taken, ElementsAre("a", "a'", "a''"));
    now += hour;
    work(scheduler, 1);
    EXPECT_EQ(must(world.storage->job_runs().find("a")).found_before, 6U) << "what the last whole run found is kept";
}

TEST_F(Schedule, OfTwoServersOneTakesAStep) {
    Scheduler one = made({job("a", 1)}), other = made({job("a", 1)});
    one.work(now);
    other.work(now);
    EXPECT_THAT(taken, ElementsAre("a"));
}

TEST_F(Schedule, WhatBreaksOffIsToldAndTriedAgainAfterAnHour) {
    Scheduler scheduler = made({job("breaks", 1, {day, 0}), job("a", 1, {day, 0})});
    work(scheduler, 10);
    EXPECT_THAT(taken, ElementsAre("breaks", "a"));
    EXPECT_THAT(failed, ElementsAre("breaks io"));
    EXPECT_THAT(scheduler.metrics(), HasSubstr("doorstep_job_failed{job=\"breaks\"} 1\n"));
    EXPECT_THAT(scheduler.metrics(), HasSubstr("doorstep_job_done{job=\"a\"} 1\n"));
    now += Scheduler::retry_ms;
    work(scheduler, 10);
    EXPECT_THAT(taken, ElementsAre("breaks", "a", "breaks"));
}

TEST_F(Schedule, AClockThatWentBackStopsNothing) {
    Scheduler scheduler = made({job("a", 1)});
    work(scheduler, 2);
    now -= 10 * 365 * day;
    work(scheduler, 2);
    EXPECT_THAT(taken, ElementsAre("a", "a"));
}

}  // namespace
}  // namespace doorstep::server
