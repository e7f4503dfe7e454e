#include "server/storage/job_runs.hpp"

namespace doorstep::server {

Status JobRuns::migrate(Database& db) {
    return db.execute(R"sql(
    CREATE TABLE IF NOT EXISTS job_run (name TEXT PRIMARY KEY, began_ms INTEGER NOT NULL, stepped_ms INTEGER NOT NULL,
        ended_ms INTEGER NOT NULL, cursor BLOB NOT NULL, done INTEGER NOT NULL, found INTEGER NOT NULL,
        found_before INTEGER NOT NULL, code INTEGER NOT NULL) WITHOUT ROWID;
    )sql");
}

Result<JobRun> JobRuns::find(const std::string& name) {
    JobRun out;
    out.name = name;
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT began_ms, stepped_ms, ended_ms, cursor, done, found, found_before, code "
                                      "FROM job_run WHERE name = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->text(1, name).step());
    if (!row) return out;
    const auto number = [&](int column) { return static_cast<std::uint64_t>(query->integer_at(column)); };
    out.began_ms = number(0);
    out.stepped_ms = number(1);
    out.ended_ms = number(2);
    out.cursor = Bytes(query->blob_at(3));
    out.done = number(4);
    out.found = number(5);
    out.found_before = number(6);
    out.code = static_cast<int>(query->integer_at(7));
    return out;
}

Status JobRuns::put(const JobRun& run) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT OR REPLACE INTO job_run (name, began_ms, stepped_ms, ended_ms, cursor, done, found, "
                      "found_before, code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    DOORSTEP_TRY(insert->text(1, run.name)
                     .integer(2, number(run.began_ms))
                     .integer(3, number(run.stepped_ms))
                     .integer(4, number(run.ended_ms))
                     .blob(5, run.cursor)
                     .integer(6, number(run.done))
                     .integer(7, number(run.found))
                     .integer(8, number(run.found_before))
                     .integer(9, run.code)
                     .run());
    return transaction.commit();
}

}  // namespace doorstep::server
