// server/storage/job_runs.hpp -- how far the server's work by time is: a row a job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/store/database.hpp"

namespace doorstep::server {

/// A job's last run, or the one that is going on. Times in ms since 1970.
struct JobRun {
    std::string name;
    std::uint64_t began_ms = 0;
    std::uint64_t stepped_ms = 0;    ///< its latest step
    std::uint64_t ended_ms = 0;      ///< 0 while it goes on
    Bytes cursor;                    ///< where its next step goes on; the job's own
    std::uint64_t done = 0;          ///< what it looked at or took away
    std::uint64_t found = 0;         ///< what it came upon that somebody should know of
    std::uint64_t found_before = 0;  ///< the same of the run before
    int code = 0;                    ///< an Errc's number when it broke off

    bool goes_on() const { return began_ms != 0 && ended_ms == 0; }
};

/// Threads: none; the storage's owner's.
class JobRuns {
public:
    explicit JobRuns(Database& db) : db_(db) {}
    static Status migrate(Database& db);
    /// A run of that name that never began when there is none.
    Result<JobRun> find(const std::string& name);
    Status put(const JobRun& run);

private:
    Database& db_;
};

}  // namespace doorstep::server
