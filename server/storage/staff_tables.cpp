#include "server/storage/staff_tables.hpp"

namespace doorstep::server {
namespace {

std::int64_t stored(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t number_at(const Statement& row, int column) { return static_cast<std::uint64_t>(row.integer_at(column)); }

/// The account in the four columns from 0 on: name, role, scope, state.
Result<StaffAccount> read_account(const Statement& row) {
    StaffAccount out{std::string(row.blob_at(0)), Actor::stranger, {}, {}};
    const auto role = staff_role_named(row.blob_at(1));
    auto scope = Scope::unpack(row.blob_at(2));
    if (!role || !scope) return Error{Errc::corrupt, "an account's role or scope is damaged"};
    out.role = *role;
    out.scope = std::move(scope).value();
    const std::int64_t state = row.integer_at(3);
    if (state < 0 || state > static_cast<std::int64_t>(StaffAccount::State::disabled))
        return Error{Errc::corrupt, "an account's state is damaged"};
    out.state = static_cast<StaffAccount::State>(state);
    return out;
}

// A session's last use is written at most once a minute: reading a page must not cost a sync of the disk.
constexpr std::uint64_t use_written_ms = 60'000;
static_assert(use_written_ms * 10 < session_idle_ms_max);

}  // namespace

Status StaffTables::migrate(Database& db) {
    // `staff` and `session` held the one administrator of earlier versions.
    return db.execute(R"sql(
    DROP TABLE IF EXISTS staff;
    DROP TABLE IF EXISTS session;
    CREATE TABLE IF NOT EXISTS staff_account (name TEXT PRIMARY KEY, role TEXT NOT NULL, scope BLOB NOT NULL,
        invitation BLOB NOT NULL DEFAULT x'', invitation_until_ms INTEGER NOT NULL DEFAULT 0,
        verifier BLOB NOT NULL DEFAULT x'', totp_secret BLOB NOT NULL DEFAULT x'',
        totp_step INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS staff_tries (bucket INTEGER PRIMARY KEY, wrong INTEGER NOT NULL,
        wait_until_ms INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS staff_browser (secret_hash BLOB PRIMARY KEY, staff TEXT NOT NULL,
        wrong INTEGER NOT NULL DEFAULT 0, wait_until_ms INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS staff_session (secret_hash BLOB PRIMARY KEY, staff TEXT NOT NULL, csrf TEXT NOT NULL,
        made_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL) WITHOUT ROWID;
    )sql");
}

Status StaffTables::add(const StaffAccount& account) {
    const Bytes scope = account.scope.pack();
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO staff_account (name, role, scope) "
                                                          "VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"));
    DOORSTEP_TRY(insert->text(1, account.name).text(2, name_of(account.role)).blob(3, scope).run());
    if (db_.changes() == 0) return Error{Errc::already_exists, "there is an account of this name"};
    return ok();
}

Result<std::optional<StaffTables::Row>> StaffTables::find(const std::string& name) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT name, role, scope, state, invitation, invitation_until_ms, verifier, "
                                      "totp_secret, totp_step FROM staff_account WHERE name = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool found, query->text(1, name).step());
    if (!found) return std::optional<Row>();
    Row row;
    DOORSTEP_TRY_ASSIGN(row.account, read_account(*query));
    if (const BytesView hash = query->blob_at(4); !hash.empty()) {
        DOORSTEP_TRY_ASSIGN(row.invitation, Hash::from(hash));
    }
    row.invitation_until_ms = number_at(*query, 5);
    if (const BytesView hash = query->blob_at(6); !hash.empty()) {
        DOORSTEP_TRY_ASSIGN(row.verifier, Hash::from(hash));
    }
    row.totp_secret = Bytes(query->blob_at(7));
    row.totp_step = number_at(*query, 8);
    return std::optional<Row>(std::move(row));
}

Result<std::vector<StaffAccount>> StaffTables::list() {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT name, role, scope, state FROM staff_account ORDER BY name"));
    const Statement::Use use(*query);
    std::vector<StaffAccount> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(StaffAccount account, read_account(*query));
        out.push_back(std::move(account));
    }
}

Status StaffTables::put(const Row& row) {
    DOORSTEP_TRY_ASSIGN(
        Statement * update,
        db_.statement("UPDATE staff_account SET invitation = ?2, invitation_until_ms = ?3, verifier = ?4, "
                      "totp_secret = ?5, totp_step = ?6, state = ?7 "
                      "WHERE name = ?1"));
    return update->text(1, row.account.name)
        .blob(2, row.invitation.is_zero() ? BytesView("") : row.invitation.view())
        .integer(3, stored(row.invitation_until_ms))
        .blob(4, row.verifier.is_zero() ? BytesView("") : row.verifier.view())
        .blob(5, row.totp_secret)
        .integer(6, stored(row.totp_step))
        .integer(7, static_cast<std::int64_t>(row.account.state))
        .run();
}

Result<Tries> StaffTables::tries(std::uint32_t bucket) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT wrong, wait_until_ms FROM staff_tries WHERE bucket = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, bucket).step());
    return row ? Tries{number_at(*query, 0), number_at(*query, 1)} : Tries{};
}

Status StaffTables::put_tries(std::uint32_t bucket, const Tries& tries) {
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT OR REPLACE INTO staff_tries (bucket, wrong, wait_until_ms) VALUES (?1, ?2, ?3)"));
    return insert->integer(1, bucket).integer(2, stored(tries.wrong)).integer(3, stored(tries.wait_until_ms)).run();
}

Status StaffTables::add_browser(const Hash& secret_hash, const std::string& staff) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO staff_browser (secret_hash, staff) VALUES (?1, ?2)"));
    return insert->blob(1, secret_hash.view()).text(2, staff).run();
}

Result<std::optional<Tries>> StaffTables::find_browser(const Hash& secret_hash, const std::string& staff) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT wrong, wait_until_ms FROM staff_browser WHERE secret_hash = ?1 AND staff = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, secret_hash.view()).text(2, staff).step());
    if (!row) return std::optional<Tries>();
    return std::optional<Tries>(Tries{number_at(*query, 0), number_at(*query, 1)});
}

Status StaffTables::put_browser(const Hash& secret_hash, const Tries& tries) {
    DOORSTEP_TRY_ASSIGN(
        Statement * update,
        db_.statement("UPDATE staff_browser SET wrong = ?2, wait_until_ms = ?3 WHERE secret_hash = ?1"));
    return update->blob(1, secret_hash.view())
        .integer(2, stored(tries.wrong))
        .integer(3, stored(tries.wait_until_ms))
        .run();
}

Status StaffTables::forget_browsers(const std::string& staff) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM staff_browser WHERE staff = ?1"));
    return remove->text(1, staff).run();
}

Status StaffTables::add_session(const Hash& secret_hash, const std::string& staff, const std::string& csrf,
                                std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * old, db_.statement("DELETE FROM staff_session WHERE made_ms <= ?1"));
    DOORSTEP_TRY(old->integer(1, stored(now_ms) - stored(session_ms_max)).run());
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO staff_session (secret_hash, staff, csrf, made_ms, used_ms) "
                                      "VALUES (?1, ?2, ?3, ?4, ?4)"));
    return insert->blob(1, secret_hash.view()).text(2, staff).text(3, csrf).integer(4, stored(now_ms)).run();
}

Result<std::optional<StaffSession>> StaffTables::use_session(const Hash& secret_hash, std::uint64_t now_ms) {
    std::optional<StaffSession> out;
    std::uint64_t used_ms = 0;
    {
        DOORSTEP_TRY_ASSIGN(Statement * query,
                            db_.statement("SELECT name, role, scope, state, csrf, used_ms FROM staff_session "
                                          "JOIN staff_account ON name = staff "
                                          "WHERE secret_hash = ?1 AND made_ms > ?2 AND used_ms > ?3"));
        const Statement::Use use(*query);
        query->blob(1, secret_hash.view())
            .integer(2, stored(now_ms) - stored(session_ms_max))
            .integer(3, stored(now_ms) - stored(session_idle_ms_max));
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(StaffAccount account, read_account(*query));
        if (account.state != StaffAccount::State::active) return out;
        out = StaffSession{account.name, std::string(query->blob_at(4)), account.role, std::move(account.scope)};
        used_ms = number_at(*query, 5);
    }
    if (now_ms < used_ms + use_written_ms) return out;
    DOORSTEP_TRY_ASSIGN(Statement * update,
                        db_.statement("UPDATE staff_session SET used_ms = ?2 WHERE secret_hash = ?1"));
    DOORSTEP_TRY(update->blob(1, secret_hash.view()).integer(2, stored(now_ms)).run());
    return out;
}

Status StaffTables::remove_session(const Hash& secret_hash) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM staff_session WHERE secret_hash = ?1"));
    return remove->blob(1, secret_hash.view()).run();
}

Status StaffTables::remove_sessions(const std::string& staff) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM staff_session WHERE staff = ?1"));
    return remove->text(1, staff).run();
}

}  // namespace doorstep::server
