#include "server/storage/retention.hpp"

#include "server/storage/kept_reply.hpp"
#include "server/storage/staff_account.hpp"

namespace doorstep::server {
namespace {

std::int64_t before(std::uint64_t now_ms, std::uint64_t age_ms) {
    return static_cast<std::int64_t>(now_ms > age_ms ? now_ms - age_ms : 0);
}

}  // namespace

Result<std::size_t> forget_expired_rows(Database& db, std::size_t rows_max, std::uint64_t now_ms) {
    struct Rule {
        std::string_view sql;  ///< ?1: rows; ?2: what is older goes; ?3: a second such time, where there is one
        std::int64_t first, second;
    };
    const Rule rules[] = {
        {"DELETE FROM staff_session WHERE secret_hash IN (SELECT secret_hash FROM staff_session WHERE made_ms < ?2 OR "
         "used_ms < ?3 LIMIT ?1)",
         before(now_ms, session_ms_max), before(now_ms, session_idle_ms_max)},
        {"DELETE FROM enrolment WHERE id_hash IN (SELECT id_hash FROM enrolment WHERE expires_ms < ?2 LIMIT ?1)",
         before(now_ms, used_code_ms), 0},
        {"DELETE FROM kept_reply WHERE key_hash IN (SELECT key_hash FROM kept_reply WHERE at_ms < ?2 LIMIT ?1)",
         before(now_ms, kept_reply_ms), 0},
        {"DELETE FROM staff_audit WHERE no IN (SELECT no FROM staff_audit WHERE at_ms < ?2 ORDER BY no LIMIT ?1)",
         before(now_ms, audit_list_ms), 0},
    };
    std::size_t gone = 0;
    for (const Rule& rule : rules) {
        DOORSTEP_TRY_ASSIGN(Statement * remove, db.statement(rule.sql));
        remove->integer(1, static_cast<std::int64_t>(rows_max)).integer(2, rule.first);
        if (rule.second != 0) remove->integer(3, rule.second);
        DOORSTEP_TRY(remove->run());
        DOORSTEP_TRY_ASSIGN(const std::int64_t changed, db.number("SELECT changes()"));
        gone += static_cast<std::size_t>(changed);
    }
    return gone;
}

}  // namespace doorstep::server
