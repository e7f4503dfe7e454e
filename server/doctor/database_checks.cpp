#include "server/doctor/database_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/store/migrations.hpp"
#include "server/data_folder.hpp"
#include "server/storage/audit_chain_table.hpp"
#include "server/storage/job_runs.hpp"

namespace doorstep::server::doctor {
namespace {

constexpr std::uint64_t day_ms = 24ull * 60 * 60 * 1000;
constexpr std::uint64_t backup_days_max = 7, log_days_max = 7;

const char* advice_for(const Error& error) {
    switch (error.code) {
        case Errc::not_found: return "doorstep-server serve makes one at its first start; or restore your backup";
        case Errc::wrong_key: return "bring back the storage.key that belongs to this database";
        case Errc::schema_too_new: return "install the version of the program that the database is of";
        case Errc::busy: return "try again when nothing writes to it for so long";
        default: return "stop the server, copy the files somewhere safe, then doorstep-server fsck";
    }
}

Result<std::string> first_damage(Database& db) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db.statement("PRAGMA quick_check(1)"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->step());
    return std::string(row ? query->blob_at(0) : BytesView("it does not answer"));
}

Finding database_finding(Database& db) {
    const auto refused = [](const Error& error) {
        return Finding{"database", Verdict::fail, error.detail, advice_for(error)};
    };
    const auto version = db.number("PRAGMA user_version");
    if (!version) return refused(version.error());
    if (const Status known = migrate(db); !known) return refused(known.error());
    const auto damage = first_damage(db);
    if (!damage) return refused(damage.error());
    if (damage.value() != "ok") return refused({Errc::corrupt, damage.value()});
    return {"database", Verdict::ok, fmt::format("every page is whole; schema {}", version.value())};
}

Finding audit_finding(const std::filesystem::path& folder, AuditChainTable& chain) {
    const char* next = "doorstep-server audit list shows what is there; find out who could write to the data folder";
    const auto heads = audit_heads(folder, "doorstep.db");
    if (!heads) return {"audit", Verdict::fail, heads.error().detail, next};
    const auto kept = heads.value().read();
    if (!kept) return {"audit", Verdict::fail, kept.error().detail, next};
    const auto report = audit::verify_chain(chain, kept.value());
    if (!report) return {"audit", Verdict::fail, report.error().detail, next};
    return {"audit", Verdict::ok,
            fmt::format("{} entries, each follows from the one before", report.value().head.number)};
}

Finding backup_finding(AuditChainTable& chain, std::uint64_t now_ms) {
    const char* next = "doorstep-server backup --data DIR --to FILE, and keep storage.key apart from it";
    const auto last = chain.last_of(audit::Action::backed_up);
    if (!last || !last.value()) return {"backup", Verdict::warn, "none was ever made here", next};
    const std::uint64_t days = now_ms < last.value()->time_ms ? 0 : (now_ms - last.value()->time_ms) / day_ms;
    const std::string says = fmt::format("the last one is {} days old", days);
    if (days > backup_days_max) return {"backup", Verdict::warn, says, next};
    return {"backup", Verdict::ok, says};
}

/// What the nightly reading of the log came to (server/jobs/office_jobs.hpp).
Finding log_finding(JobRuns& runs, std::uint64_t now_ms) {
    const auto read = runs.find("log_audit");
    if (!read) return {"log", Verdict::fail, read.error().detail, advice_for(read.error())};
    const JobRun& run = read.value();
    const std::uint64_t found = std::max(run.found, run.goes_on() ? run.found_before : 0);
    if (found > 0)
        return {
            "log", Verdict::fail, fmt::format("{} places are not as they were written", found),
            "doorstep-server audit list names the first; stop the server, copy the files, then doorstep-server fsck"};
    if (run.began_ms == 0) return {"log", Verdict::ok, "not read again yet; a server that runs does it at night"};
    const std::uint64_t days = now_ms < run.stepped_ms ? 0 : (now_ms - run.stepped_ms) / day_ms;
    if (run.code != 0 || days > log_days_max)
        return {"log", Verdict::warn, fmt::format("it was last read {} days ago, or not to its end", days),
                "let the server run at night, and look into its log"};
    return {"log", Verdict::ok, fmt::format("{} places were read again, each as it was written", run.done)};
}

}  // namespace

DatabaseFindings check_database(const std::filesystem::path& folder, std::uint64_t now_ms) {
    DatabaseFindings out;
    const auto refused = [&out](const Error& error) {
        out.findings.push_back({"database", Verdict::fail, error.detail, advice_for(error)});
        return out;
    };
    const auto options = database_of(folder);
    if (!options) return refused(options.error());
    auto db = Database::open(options.value());
    if (!db) return refused(db.error());
    // An older schema is brought up to this program's for a look, and all of that is undone at the end.
    auto undone = TransactionGroup::begin(db.value());
    if (!undone) return refused(undone.error());
    out.findings.push_back(database_finding(db.value()));
    if (out.findings.back().verdict == Verdict::fail) return out;
    if (const Status made = AuditChainTable::migrate(db.value()); !made) return refused(made.error());
    AuditChainTable chain(db.value());
    // Asking for the head makes the key that it is signed with, if there is none: that one is missing is said already.
    if (std::filesystem::exists(folder / "seal.key")) out.findings.push_back(audit_finding(folder, chain));
    out.findings.push_back(backup_finding(chain, now_ms));
    if (const Status made = JobRuns::migrate(db.value()); !made) return refused(made.error());
    JobRuns runs(db.value());
    out.findings.push_back(log_finding(runs, now_ms));
    if (const auto last = chain.last(); last && last.value()) out.known_ms = last.value()->time_ms;
    return out;
}

}  // namespace doorstep::server::doctor
