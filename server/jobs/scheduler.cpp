#include "server/jobs/scheduler.hpp"

#include <fmt/format.h>

#include <utility>

namespace doorstep::server {

bool Rhythm::is_due(std::uint64_t began_ms, std::uint64_t now_ms) const {
    if (began_ms == 0 || began_ms > now_ms) return true;
    const std::uint64_t shift = every_ms - at_ms % every_ms;
    return (began_ms + shift) / every_ms < (now_ms + shift) / every_ms;
}

Scheduler::Scheduler(Storage& storage, std::vector<Job> jobs,
                     std::function<void(const Error&, std::string_view)> on_failure)
    : storage_(storage), jobs_(std::move(jobs)), on_failure_(std::move(on_failure)) {}

bool Scheduler::waits(const JobRun& run, const Job& job, std::uint64_t now_ms) const {
    if (run.goes_on()) return true;
    const bool again = run.code != 0 && run.ended_ms <= now_ms && now_ms - run.ended_ms >= retry_ms;
    return again || job.rhythm.is_due(run.began_ms, now_ms);
}

/// Of those that wait the one whose last step is the longest ago, so that a long run holds up no short one.
const Job* Scheduler::choose(std::uint64_t now_ms) {
    const Job* out = nullptr;
    std::uint64_t longest = 0;
    for (const Job& job : jobs_) {
        const auto run = storage_.job_runs().find(job.name);
        if (!run) return nullptr;  // the database is busy or worse: requests tell of it
        remember(run.value());
        const std::uint64_t stepped = run.value().stepped_ms, ago = stepped > now_ms ? now_ms : now_ms - stepped;
        if (!waits(run.value(), job, now_ms) || (out && ago <= longest)) continue;
        out = &job;
        longest = ago;
    }
    return out;
}

void Scheduler::work(std::uint64_t now_ms) {
    if (now_ms >= worked_ms_ && now_ms - worked_ms_ < pause_ms) return;
    worked_ms_ = now_ms;
    const Job* job = choose(now_ms);
    if (!job) return;
    const Status taken = take_step(*job, now_ms);
    if (!taken) on_failure_(taken.error(), job->name);
}

/// The step and the row that tells of it are one transaction.
Status Scheduler::take_step(const Job& job, std::uint64_t now_ms) {
    Status told = ok();
    std::optional<Error> alarm;
    JobRun run;
    DOORSTEP_TRY(storage_.together([&] {
        const auto found = storage_.job_runs().find(job.name);
        if (!found || !waits(found.value(), job, now_ms)) {  // another server was faster
            if (!found) told = found.error();
            return;
        }
        run = found.value();
        if (!run.goes_on()) run = {run.name, now_ms, 0, 0, {}, 0, 0, run.found, 0};
        const auto step = job.step(run, now_ms);
        run.stepped_ms = now_ms;
        alarm = step ? step.value().alarm : std::optional(step.error());
        if (step) run.done += step.value().done;
        if (step) run.found += step.value().found;
        run.cursor = step ? step.value().cursor : Bytes();
        run.code = step ? 0 : static_cast<int>(step.error().code);
        if (!step || step.value().rest == JobStep::Rest::none) run.ended_ms = now_ms;
        told = storage_.job_runs().put(run);
    }));
    if (told && !run.name.empty()) remember(run);
    if (alarm) return *alarm;
    return told;
}

void Scheduler::remember(const JobRun& run) {
    const std::lock_guard lock(mutex_);
    known_[run.name] = run;
}

std::string Scheduler::metrics() const {
    struct Line {
        std::string_view name, help;
        std::uint64_t (*value)(const JobRun&);
    };
    static constexpr Line lines[] = {
        {"doorstep_job_ended_seconds", "When the job's last run ended, since 1970; 0 while one goes on.",
         [](const JobRun& run) { return run.ended_ms / 1000; }},
        {"doorstep_job_done", "What the run looked at or took away.", [](const JobRun& run) { return run.done; }},
        {"doorstep_job_found", "What the run found that somebody should know of.",
         [](const JobRun& run) { return run.found; }},
        {"doorstep_job_failed", "1 when the last run broke off.",
         [](const JobRun& run) { return std::uint64_t{run.code != 0 ? 1U : 0U}; }},
    };
    std::string out;
    const std::lock_guard lock(mutex_);
    for (const Line& line : lines) {
        out += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", line.name, line.help);
        for (const auto& [name, run] : known_)
            out += fmt::format("{}{{job=\"{}\"}} {}\n", line.name, name, line.value(run));
    }
    return out;
}

}  // namespace doorstep::server
