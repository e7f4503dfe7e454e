#include "server/storage/followed_log.hpp"

namespace doorstep::server {

Result<std::optional<LogMark>> log_mark(Database& file) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t known,
                        file.number("SELECT count(*) FROM sqlite_master WHERE name = 'local_log'"));
    if (known == 0) return std::optional<LogMark>();
    DOORSTEP_TRY_ASSIGN(Statement * query, file.statement("SELECT log, position, entry FROM local_log"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->step());
    if (!row) return std::optional<LogMark>();
    return std::optional<LogMark>(
        {Bytes(query->blob_at(0)), static_cast<std::uint64_t>(query->integer_at(1)), Bytes(query->blob_at(2))});
}

Status set_log_mark(Database& file, const LogMark& mark) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t known,
                        file.number("SELECT count(*) FROM sqlite_master WHERE name = 'local_log'"));
    if (known == 0)
        DOORSTEP_TRY(
            file.execute("CREATE TABLE local_log (only INTEGER PRIMARY KEY CHECK (only = 1), log BLOB NOT "
                         "NULL, position INTEGER NOT NULL, entry BLOB NOT NULL)"));
    DOORSTEP_TRY_ASSIGN(Statement * put, file.statement("INSERT OR REPLACE INTO local_log VALUES (1, ?1, ?2, ?3)"));
    return put->blob(1, mark.log).integer(2, static_cast<std::int64_t>(mark.position)).blob(3, mark.entry).run();
}

Status clear_log_mark(Database& file) { return file.execute("DROP TABLE IF EXISTS local_log"); }

}  // namespace doorstep::server
