// server/jobs/scheduler.hpp -- takes steps of jobs between requests, one at a time.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/jobs/job.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// A request waits for one step at most, and half of the storage's time stays free of steps. Where a run stands is in
/// the database: a server that was killed goes on, and of two over one database each step is taken by one.
class Scheduler {
public:
    /// Between two steps.
    static constexpr std::uint64_t pause_ms = 500;
    /// A run that broke off is tried again after this, and not only in its next span.
    static constexpr std::uint64_t retry_ms = 60ull * 60 * 1000;

    /// `on_failure`: a job that broke off or came upon damage, by its name. The storage must outlive it.
    Scheduler(Storage& storage, std::vector<Job> jobs,
              std::function<void(const Error&, std::string_view job)> on_failure);
    /// Takes a step if one is due. To be called some times a second on the storage's thread. Never throws.
    void work(std::uint64_t now_ms);
    /// Lines for /metrics (Prometheus' text format). Any thread.
    std::string metrics() const;

private:
    bool waits(const JobRun& run, const Job& job, std::uint64_t now_ms) const;
    const Job* choose(std::uint64_t now_ms);
    Status take_step(const Job& job, std::uint64_t now_ms);
    void remember(const JobRun& run);

    Storage& storage_;
    const std::vector<Job> jobs_;
    std::function<void(const Error&, std::string_view)> on_failure_;
    std::uint64_t worked_ms_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, JobRun> known_;  // guarded by mutex_: as they were last seen
};

}  // namespace doorstep::server
