#include "server/storage/audit_chain_table.hpp"

namespace doorstep::server {

Status AuditChainTable::migrate(Database& db) {
    return db.execute(R"sql(
    CREATE TABLE IF NOT EXISTS audit_entry (number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,
        action INTEGER NOT NULL, actor TEXT NOT NULL, object TEXT NOT NULL, purpose TEXT NOT NULL,
        previous BLOB NOT NULL, hash BLOB NOT NULL);
    )sql");
}

Result<audit::Entry> AuditChainTable::append(audit::Act act, std::uint64_t time_ms) {
    DOORSTEP_TRY_ASSIGN(const std::optional<audit::Entry> before, last());
    audit::Entry entry = audit::next_entry(before ? head_of(*before) : audit::Head(), std::move(act), time_ms);
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT INTO audit_entry (number, time_ms, action, actor, object, purpose, previous, hash) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    DOORSTEP_TRY(insert->integer(1, static_cast<std::int64_t>(entry.number))
                     .integer(2, static_cast<std::int64_t>(entry.time_ms))
                     .integer(3, static_cast<std::int64_t>(entry.act.action))
                     .text(4, entry.act.actor)
                     .text(5, entry.act.object)
                     .text(6, entry.act.purpose)
                     .blob(7, entry.previous.view())
                     .blob(8, entry.hash.view())
                     .run());
    return entry;
}

Result<std::optional<audit::Entry>> AuditChainTable::last() {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT number, time_ms, action, actor, object, purpose, previous, hash "
                                      "FROM audit_entry ORDER BY number DESC LIMIT 1"));
    DOORSTEP_TRY_ASSIGN(std::vector<audit::Entry> found, read(*query));
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<std::optional<audit::Entry>> AuditChainTable::last_of(audit::Action action) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT number, time_ms, action, actor, object, purpose, previous, hash "
                                      "FROM audit_entry WHERE action = ?1 ORDER BY number DESC LIMIT 1"));
    query->integer(1, static_cast<std::int64_t>(action));
    DOORSTEP_TRY_ASSIGN(std::vector<audit::Entry> found, read(*query));
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<std::optional<audit::Entry>> AuditChainTable::began() {
    DOORSTEP_TRY_ASSIGN(std::optional<audit::Entry> restored, last_of(audit::Action::restored));
    return restored ? Result<std::optional<audit::Entry>>(std::move(restored)) : last_of(audit::Action::founded);
}

Result<std::vector<audit::Entry>> AuditChainTable::after(std::uint64_t number, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT number, time_ms, action, actor, object, purpose, previous, hash "
                                      "FROM audit_entry WHERE number > ?1 ORDER BY number LIMIT ?2"));
    query->integer(1, static_cast<std::int64_t>(number)).integer(2, static_cast<std::int64_t>(rows_max));
    return read(*query);
}

Result<std::vector<audit::Entry>> AuditChainTable::read(Statement& query) {
    const Statement::Use use(query);
    std::vector<audit::Entry> out;
    for (;;) {
        DOORSTEP_TRY_ASSIGN(const bool row, query.step());
        if (!row) return out;
        audit::Entry& entry = out.emplace_back();
        entry.number = static_cast<std::uint64_t>(query.integer_at(0));
        entry.time_ms = static_cast<std::uint64_t>(query.integer_at(1));
        entry.act.action = static_cast<audit::Action>(query.integer_at(2));
        entry.act.actor = std::string(query.blob_at(3));
        entry.act.object = std::string(query.blob_at(4));
        entry.act.purpose = std::string(query.blob_at(5));
        // A hash that is none is one that fits nothing: who checks the chain names the entry.
        entry.previous = Hash::from(query.blob_at(6)) ? Hash::from(query.blob_at(6)).value() : Hash();
        entry.hash = Hash::from(query.blob_at(7)) ? Hash::from(query.blob_at(7)).value() : Hash();
    }
}

}  // namespace doorstep::server
