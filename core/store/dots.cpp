#include "core/store/dots.hpp"

namespace doorstep {
namespace {

Status run_each(Database& db, std::initializer_list<std::string_view> sql_literals) {
    for (const std::string_view sql : sql_literals) {
        DOORSTEP_TRY_ASSIGN(Statement * statement, db.statement(sql));
        DOORSTEP_TRY(statement->run());
    }
    return ok();
}

}  // namespace

Status add_dot(Database& db, ReplicaNo replica, std::uint64_t seq, CommitNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db.statement("INSERT INTO fresh_dot (replica, seq, commit_no) VALUES (?1, ?2, ?3)"));
    DOORSTEP_TRY(insert->integer(1, replica).integer(2, static_cast<std::int64_t>(seq)).integer(3, no).run());
    if (no % fresh_dots_max != 0) return ok();
    return run_each(db, {"INSERT INTO dot SELECT replica, seq, commit_no FROM fresh_dot ORDER BY replica, seq",
                         "DELETE FROM fresh_dot"});
}

Status remove_dot(Database& db, CommitNo no) {
    for (const std::string_view sql :
         {"DELETE FROM fresh_dot WHERE (replica, seq) = (SELECT replica, seq FROM commits WHERE no = ?1)",
          "DELETE FROM dot WHERE (replica, seq) = (SELECT replica, seq FROM commits WHERE no = ?1)"}) {
        DOORSTEP_TRY_ASSIGN(Statement * remove, db.statement(sql));
        DOORSTEP_TRY(remove->integer(1, no).run());
    }
    return ok();
}

Status rebuild_dots(Database& db) {
    return run_each(db, {"DELETE FROM fresh_dot", "DELETE FROM dot",
                         "INSERT INTO dot SELECT replica, seq, no FROM commits ORDER BY replica, seq"});
}

Result<std::uint64_t> wrong_dots(Database& db) {
    std::int64_t wrong = 0;
    for (const std::string_view sql :
         {"SELECT count(*) FROM every_dot LEFT JOIN commits ON commits.no = commit_no "
          "WHERE commits.no IS NULL OR commits.replica <> every_dot.replica OR commits.seq <> every_dot.seq",
          "SELECT count(*) FROM commits WHERE NOT EXISTS (SELECT 1 FROM every_dot "
          "WHERE every_dot.replica = commits.replica AND every_dot.seq = commits.seq)",
          "SELECT count(*) FROM fresh_dot JOIN dot USING (replica, seq)"}) {
        DOORSTEP_TRY_ASSIGN(const std::int64_t found, db.number(sql));
        wrong += found;
    }
    return static_cast<std::uint64_t>(wrong);
}

}  // namespace doorstep
