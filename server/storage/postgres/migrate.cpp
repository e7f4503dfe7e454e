#include "server/storage/postgres/migrations.hpp"

namespace doorstep::server::postgres {
namespace {

/// Any number will do that nobody else in the database locks.
constexpr const char* lock = "SELECT pg_advisory_xact_lock(4919131752989213797)";

Result<std::int64_t> version_of(Connection& connection) {
    DOORSTEP_TRY_ASSIGN(const Rows known, connection.run({"SELECT (to_regclass('doorstep.schema_version') IS NOT NULL)"
                                                          "::int::bigint"}));
    if (known.number(0, 0) == 0) return std::int64_t{0};
    DOORSTEP_TRY_ASSIGN(const Rows rows, connection.run({"SELECT coalesce(max(version), 0) FROM schema_version"}));
    return rows.number(0, 0);
}

Status bring_up_to_date(Connection& connection) {
    DOORSTEP_TRY(connection.run({lock}));
    const std::vector<std::string_view> steps = migrations();
    const auto newest = static_cast<std::int64_t>(steps.size());
    DOORSTEP_TRY_ASSIGN(const std::int64_t version, version_of(connection));
    if (version > newest)
        return Error{Errc::schema_too_new, "PostgreSQL holds schema " + std::to_string(version) +
                                               ", this program knows " + std::to_string(newest)};
    if (version == 0)
        DOORSTEP_TRY(
            connection.script("CREATE SCHEMA IF NOT EXISTS doorstep; "
                              "CREATE TABLE schema_version (version bigint NOT NULL PRIMARY KEY)"));
    for (std::int64_t step = version + 1; step <= newest; ++step) {
        DOORSTEP_TRY(connection.script(std::string(steps[static_cast<std::size_t>(step - 1)])));
        DOORSTEP_TRY(connection.run({"INSERT INTO schema_version VALUES ($1)", {Parameter::number(step)}}));
    }
    return ok();
}

}  // namespace

Status migrate(Connection& connection) {
    DOORSTEP_TRY(connection.run({"BEGIN"}));
    Status done = bring_up_to_date(connection);
    if (done) {
        const auto committed = connection.run({"COMMIT"});
        return committed ? ok() : Status(committed.error());
    }
    static_cast<void>(connection.run({"ROLLBACK"}));
    return done;
}

}  // namespace doorstep::server::postgres
