#include "server/jobs/office_jobs.hpp"

#include <algorithm>

namespace doorstep::server {
namespace {

constexpr std::uint64_t minute_ms = 60'000, hour_ms = 60 * minute_ms, day_ms = 24 * hour_ms;
constexpr std::uint64_t china_ms = 8 * hour_ms;  // ahead of UTC
constexpr std::uint64_t china_time(std::uint64_t of_day_ms) { return (of_day_ms + day_ms - china_ms) % day_ms; }

// Bounds of a step: each came to less than 50 ms on two busy cores.
constexpr std::size_t expired_rows_max = 200, expired_uploads_max = 1, due_cards_max = 100, audited_entries_max = 64;

Result<JobStep> forget_expired(Storage& storage, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const std::size_t rows, storage.forget_expired(expired_rows_max, now_ms));
    DOORSTEP_TRY_ASSIGN(const std::size_t uploads, storage.attachments().forget_expired(expired_uploads_max, now_ms));
    const bool more = rows >= expired_rows_max || uploads >= expired_uploads_max;
    return JobStep{rows + uploads, 0, more ? JobStep::Rest::some : JobStep::Rest::none};
}

Result<JobStep> count_due(Storage& storage, const JobRun& run, std::uint64_t now_ms) {
    const std::int64_t today = china_day(now_ms);
    DOORSTEP_TRY_ASSIGN(const Page all, storage.due(today, {due_cards_max, run.cursor}));
    DOORSTEP_TRY_ASSIGN(const Page overdue, storage.due(today - 1, {due_cards_max, run.cursor}));
    return JobStep{all.cards.size(), overdue.cards.size(), all.next.empty() ? JobStep::Rest::none : JobStep::Rest::some,
                   all.next};
}

Result<JobStep> audit_log(Storage& storage, const JobRun& run, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const LogSlice slice, storage.audit_log(run.cursor, audited_entries_max));
    JobStep out{slice.entries, slice.damaged.size(), slice.next.empty() ? JobStep::Rest::none : JobStep::Rest::some,
                slice.next};
    if (slice.damaged.empty() || run.found > 0) return out;
    DOORSTEP_TRY(storage.note({audit::Action::damage_found, "server", slice.damaged.front()}, now_ms));
    out.alarm =
        Error{Errc::corrupt, "what was read again is not as it was written, the first at " + slice.damaged.front()};
    return out;
}

}  // namespace

std::int64_t china_day(std::uint64_t ms) { return static_cast<std::int64_t>((ms + china_ms) / day_ms); }

std::vector<Job> office_jobs(Storage& storage) {
    return {
        {"retention",
         {hour_ms, 0},
         [&storage](const JobRun&, std::uint64_t now) { return forget_expired(storage, now); }},
        {"follow_ups",
         {day_ms, china_time(5 * minute_ms)},
         [&storage](const JobRun& run, std::uint64_t now) { return count_due(storage, run, now); }},
        {std::string(log_audit_job),
         {day_ms, china_time(2 * hour_ms)},
         [&storage](const JobRun& run, std::uint64_t now) { return audit_log(storage, run, now); }},
    };
}

}  // namespace doorstep::server
