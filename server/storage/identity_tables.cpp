#include "server/storage/identity_tables.hpp"

namespace doorstep::server {
namespace {

Result<Scope> stored_scope(BytesView bytes) {
    auto scope = Scope::unpack(bytes);
    if (!scope) return Error{Errc::corrupt, "a device's scope is damaged"};
    return scope;
}

/// The device in the four columns from `first` on: author, role, label, scope.
Result<Device> read_device(const Statement& row, int first) {
    Device device{std::string(row.blob_at(first)), std::string(row.blob_at(first + 1)),
                  std::string(row.blob_at(first + 2)), Scope()};
    DOORSTEP_TRY_ASSIGN(device.scope, stored_scope(row.blob_at(first + 3)));
    return device;
}

}  // namespace

Status IdentityTables::migrate(Database& db) {
    // A device's token_hash is its id: of phones that came before there were keys, the hash of the token they had.
    return db.execute(R"sql(
    CREATE TABLE IF NOT EXISTS enrolment (id_hash BLOB PRIMARY KEY, secret_hash BLOB NOT NULL, author TEXT NOT NULL,
        role TEXT NOT NULL, label TEXT NOT NULL, scope BLOB NOT NULL, expires_ms INTEGER NOT NULL,
        wrong_tries INTEGER NOT NULL DEFAULT 0, used_by BLOB) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS device (token_hash BLOB PRIMARY KEY, author TEXT NOT NULL, role TEXT NOT NULL,
        label TEXT NOT NULL, scope BLOB NOT NULL, signing_key BLOB UNIQUE,
        revoked_ms INTEGER NOT NULL DEFAULT 0, drained_day INTEGER NOT NULL DEFAULT 0,
        drained_bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS device_former (token_hash BLOB NOT NULL, lost_ms INTEGER NOT NULL, scope BLOB NOT NULL,
        PRIMARY KEY (token_hash, lost_ms)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS device_replica (replica BLOB PRIMARY KEY, token_hash BLOB NOT NULL) WITHOUT ROWID;
    )sql");
}

Status IdentityTables::add_code(const Hash& id_hash, const Hash& secret_hash, const Device& device,
                                std::uint64_t expires_ms) {
    const Bytes scope = device.scope.pack();
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT INTO enrolment (id_hash, secret_hash, author, role, label, scope, expires_ms) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
    return insert->blob(1, id_hash.view())
        .blob(2, secret_hash.view())
        .text(3, device.author)
        .text(4, device.role)
        .text(5, device.label)
        .blob(6, scope)
        .integer(7, static_cast<std::int64_t>(expires_ms))
        .run();
}

Result<std::optional<IdentityTables::Code>> IdentityTables::find_code(const Hash& id_hash) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT secret_hash, expires_ms, wrong_tries, used_by, author, role, label, scope "
                      "FROM enrolment WHERE id_hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, id_hash.view()).step());
    if (!row) return std::optional<Code>();
    Code code;
    DOORSTEP_TRY_ASSIGN(code.secret_hash, Hash::from(query->blob_at(0)));
    code.expires_ms = static_cast<std::uint64_t>(query->integer_at(1));
    code.wrong_tries = static_cast<std::uint64_t>(query->integer_at(2));
    if (!query->is_null_at(3)) {
        DOORSTEP_TRY_ASSIGN(code.used_by, Hash::from(query->blob_at(3)));
    }
    DOORSTEP_TRY_ASSIGN(code.device, read_device(*query, 4));
    return std::optional<Code>(std::move(code));
}

Status IdentityTables::count_wrong_try(const Hash& id_hash) {
    DOORSTEP_TRY_ASSIGN(Statement * update,
                        db_.statement("UPDATE enrolment SET wrong_tries = wrong_tries + 1 WHERE id_hash = ?1"));
    return update->blob(1, id_hash.view()).run();
}

Status IdentityTables::mark_used(const Hash& id_hash, const Hash& token_hash) {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE enrolment SET used_by = ?2 WHERE id_hash = ?1"));
    return update->blob(1, id_hash.view()).blob(2, token_hash.view()).run();
}

Status IdentityTables::put_device(const Hash& token_hash, const Device& device) {
    const Bytes scope = device.scope.pack();
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO device (token_hash, author, role, label, scope) "
                                      "VALUES (?1, ?2, ?3, ?4, ?5)"));
    return insert->blob(1, token_hash.view())
        .text(2, device.author)
        .text(3, device.role)
        .text(4, device.label)
        .blob(5, scope)
        .run();
}

Result<std::optional<Device>> IdentityTables::find_device(const Hash& token_hash) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT author, role, label, scope, revoked_ms FROM device WHERE token_hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, token_hash.view()).step());
    if (!row) return std::optional<Device>();
    DOORSTEP_TRY_ASSIGN(Device device, read_device(*query, 0));
    device.id = token_hash;
    device.revoked_ms = static_cast<std::uint64_t>(query->integer_at(4));
    DOORSTEP_TRY_ASSIGN(Statement * formers,
                        db_.statement("SELECT scope, lost_ms FROM device_former WHERE token_hash = ?1"));
    const Statement::Use use_formers(*formers);
    formers->blob(1, token_hash.view());
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, formers->step());
        if (!more) return std::optional<Device>(std::move(device));
        DOORSTEP_TRY_ASSIGN(Scope scope, stored_scope(formers->blob_at(0)));
        device.former.push_back({std::move(scope), static_cast<std::uint64_t>(formers->integer_at(1))});
    }
}

Result<std::vector<Hash>> IdentityTables::find_devices(const std::string& author, const std::string& label) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT token_hash FROM device WHERE author = ?1 AND label = ?2"));
    const Statement::Use use(*query);
    query->text(1, author).text(2, label);
    std::vector<Hash> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(const Hash token_hash, Hash::from(query->blob_at(0)));
        out.push_back(token_hash);
    }
}

Status IdentityTables::set_scope(const Hash& token_hash, const Device& before, const Scope& scope,
                                 std::uint64_t now_ms) {
    const Bytes former = before.scope.pack(), next = scope.pack();
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO device_former (token_hash, lost_ms, scope) "
                                      "VALUES (?1, ?2, ?3)"));
    DOORSTEP_TRY(
        insert->blob(1, token_hash.view()).integer(2, static_cast<std::int64_t>(now_ms)).blob(3, former).run());
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE device SET scope = ?2 WHERE token_hash = ?1"));
    return update->blob(1, token_hash.view()).blob(2, next).run();
}

Status IdentityTables::set_revoked(const Hash& token_hash, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE device SET revoked_ms = ?2 WHERE token_hash = ?1"));
    return update->blob(1, token_hash.view()).integer(2, static_cast<std::int64_t>(now_ms)).run();
}

Result<std::int64_t> IdentityTables::access_changes() {
    return db_.number(
        "SELECT (SELECT count(*) FROM device_former) + (SELECT count(*) FROM device WHERE revoked_ms > 0)");
}

Result<std::uint64_t> IdentityTables::count_drained(const Hash& token_hash, std::uint64_t day, std::uint64_t bytes) {
    DOORSTEP_TRY_ASSIGN(
        Statement * update,
        db_.statement(
            "UPDATE device SET drained_bytes = ?3 + CASE WHEN drained_day = ?2 THEN drained_bytes ELSE 0 END, "
            "drained_day = ?2 WHERE token_hash = ?1"));
    DOORSTEP_TRY(update->blob(1, token_hash.view())
                     .integer(2, static_cast<std::int64_t>(day))
                     .integer(3, static_cast<std::int64_t>(bytes))
                     .run());
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT drained_bytes FROM device WHERE token_hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY(query->blob(1, token_hash.view()).step());
    return static_cast<std::uint64_t>(query->integer_at(0));
}

Status IdentityTables::set_signing_key(const Hash& token_hash, std::optional<BytesView> public_key) {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE device SET signing_key = ?2 WHERE token_hash = ?1"));
    update->blob(1, token_hash.view());
    if (public_key) update->blob(2, *public_key);  // otherwise NULL
    return update->run();
}

Result<std::optional<Hash>> IdentityTables::signer(BytesView public_key) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT token_hash FROM device WHERE signing_key = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, public_key).step());
    if (!row) return std::optional<Hash>();
    DOORSTEP_TRY_ASSIGN(const Hash token_hash, Hash::from(query->blob_at(0)));
    return std::optional<Hash>(token_hash);
}

Status IdentityTables::bind_replica(const ReplicaId& replica, const Hash& token_hash) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO device_replica (replica, token_hash) VALUES (?1, ?2)"));
    return insert->blob(1, replica.view()).blob(2, token_hash.view()).run();
}

Result<std::optional<Hash>> IdentityTables::replica_owner(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT token_hash FROM device_replica WHERE replica = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, replica.view()).step());
    if (!row) return std::optional<Hash>();
    DOORSTEP_TRY_ASSIGN(const Hash owner, Hash::from(query->blob_at(0)));
    return std::optional<Hash>(owner);
}

}  // namespace doorstep::server
