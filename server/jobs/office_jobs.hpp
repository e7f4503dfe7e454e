// server/jobs/office_jobs.hpp -- the jobs of an office's server, each with its rhythm and its bound.
#pragma once

#include <vector>

#include "server/jobs/job.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// The day of a time in the whole country (UTC+8), as ValueType::date counts it.
std::int64_t china_day(std::uint64_t ms);

/// retention   each hour: what has served its time goes (server/storage/retention.hpp), and uploads that were left.
/// follow_ups  each day at 00:05: counts the follow-ups that are promised for today or before; `found`: before today.
/// log_audit   each night from 02:00 on, until the whole log was read: server/storage/log_audit.hpp. `found`: places
///             that are not as they were written; the first of a run is in the audit chain.
/// The storage must outlive them.
std::vector<Job> office_jobs(Storage& storage);

inline constexpr std::string_view log_audit_job = "log_audit";

}  // namespace doorstep::server
