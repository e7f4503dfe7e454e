// server/jobs/job.hpp -- work that time brings about and no request: what it is, and when.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "server/storage/job_runs.hpp"

namespace doorstep::server {

/// Once in each span of every_ms, which begin at_ms after the multiples of it since 1970 in UTC. Missed spans are not
/// made up for.
struct Rhythm {
    std::uint64_t every_ms = 0, at_ms = 0;

    /// Whether a run is due that last began then; 0: never. A clock that went back leaves nothing waiting for years.
    bool is_due(std::uint64_t began_ms, std::uint64_t now_ms) const;
};

/// What a step did, beside the steps of its run before.
struct JobStep {
    std::uint64_t done = 0, found = 0;
    enum class Rest { none, some } rest = Rest::none;  ///< some: another step is to follow
    Bytes cursor = {};                                 ///< where that goes on
    std::optional<Error> alarm = std::nullopt;         ///< for the log; the run goes on all the same
};

struct Job {
    std::string name;  ///< stable: it names the row in the database and the label in /metrics
    Rhythm rhythm;
    /// A piece of some 50 ms at most, in one transaction with the row that tells of it. Time and place are arguments.
    std::function<Result<JobStep>(const JobRun& run, std::uint64_t now_ms)> step;
};

}  // namespace doorstep::server
