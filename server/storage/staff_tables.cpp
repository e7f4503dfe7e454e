#include "server/storage/staff_tables.hpp"

namespace doorstep::server {
namespace {

/// The account in the three columns from `first` on: name, role, scope.
Result<StaffAccount> read_account(const Statement& row, int first) {
    StaffAccount out{std::string(row.blob_at(first)), Actor::stranger, {}};
    const auto role = staff_role_named(row.blob_at(first + 1));
    auto scope = Scope::unpack(row.blob_at(first + 2));
    if (!role || !scope) return Error{Errc::corrupt, "an account's role or scope is damaged"};
    out.role = *role;
    out.scope = std::move(scope).value();
    return out;
}

}  // namespace

Status StaffTables::migrate(Database& db) {
    // `staff` and `session` held the one administrator of earlier versions.
    return db.execute(R"sql(
    DROP TABLE IF EXISTS staff;
    DROP TABLE IF EXISTS session;
    CREATE TABLE IF NOT EXISTS staff_account (name TEXT PRIMARY KEY, role TEXT NOT NULL, scope BLOB NOT NULL,
        token_hash BLOB UNIQUE) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS staff_session (secret_hash BLOB PRIMARY KEY, staff TEXT NOT NULL, csrf TEXT NOT NULL,
        expires_ms INTEGER NOT NULL) WITHOUT ROWID;
    )sql");
}

Status StaffTables::add(const StaffAccount& account, const Hash& token_hash) {
    const Bytes scope = account.scope.pack();
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO staff_account (name, role, scope, token_hash) "
                                                          "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"));
    DOORSTEP_TRY(insert->text(1, account.name)
                     .text(2, name_of(account.role))
                     .blob(3, scope)
                     .blob(4, token_hash.view())
                     .run());
    if (db_.changes() == 0) return Error{Errc::already_exists, "there is an account of this name"};
    return ok();
}

Result<std::vector<StaffAccount>> StaffTables::list() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT name, role, scope FROM staff_account ORDER BY name"));
    const Statement::Use use(*query);
    std::vector<StaffAccount> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(StaffAccount account, read_account(*query, 0));
        out.push_back(std::move(account));
    }
}

Result<std::optional<StaffAccount>> StaffTables::find_by_token(const Hash& token_hash) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT name, role, scope FROM staff_account WHERE token_hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, token_hash.view()).step());
    if (!row) return std::optional<StaffAccount>();
    DOORSTEP_TRY_ASSIGN(StaffAccount account, read_account(*query, 0));
    return std::optional<StaffAccount>(std::move(account));
}

Status StaffTables::add_session(const Hash& secret_hash, const std::string& staff, const std::string& csrf,
                                std::uint64_t expires_ms) {
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT INTO staff_session (secret_hash, staff, csrf, expires_ms) VALUES (?1, ?2, ?3, ?4)"));
    return insert->blob(1, secret_hash.view())
        .text(2, staff)
        .text(3, csrf)
        .integer(4, static_cast<std::int64_t>(expires_ms))
        .run();
}

Result<std::optional<StaffSession>> StaffTables::find_session(const Hash& secret_hash, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT csrf, name, role, scope FROM staff_session "
                                      "JOIN staff_account ON name = staff WHERE secret_hash = ?1 AND expires_ms > ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row,
                        query->blob(1, secret_hash.view()).integer(2, static_cast<std::int64_t>(now_ms)).step());
    if (!row) return std::optional<StaffSession>();
    DOORSTEP_TRY_ASSIGN(StaffAccount account, read_account(*query, 1));
    return std::optional<StaffSession>(
        StaffSession{account.name, std::string(query->blob_at(0)), account.role, std::move(account.scope)});
}

Status StaffTables::remove_session(const Hash& secret_hash) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM staff_session WHERE secret_hash = ?1"));
    return remove->blob(1, secret_hash.view()).run();
}

}  // namespace doorstep::server
