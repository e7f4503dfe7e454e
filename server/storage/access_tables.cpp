#include "server/storage/access_tables.hpp"

namespace doorstep::server {
namespace {

std::int64_t stored(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t number_at(const Statement& row, int column) { return static_cast<std::uint64_t>(row.integer_at(column)); }

/// The enrolment in the ten columns from 0 on.
Result<AccessTables::Enrolment> read_enrolment(const Statement& row) {
    AccessTables::Enrolment out;
    DOORSTEP_TRY_ASSIGN(out.code_id, Hash::from(row.blob_at(0)));
    DOORSTEP_TRY_ASSIGN(out.commitment, Hash::from(row.blob_at(1)));
    DOORSTEP_TRY_ASSIGN(out.nonce, Hash::from(row.blob_at(2)));
    out.begun_ms = number_at(row, 3);
    out.public_key = Bytes(row.blob_at(4));
    if (const BytesView replica = row.blob_at(5); !replica.empty()) {
        DOORSTEP_TRY_ASSIGN(out.replica, ReplicaId::from(replica));
    }
    out.digits = std::string(row.blob_at(6));
    out.wrong_digits = number_at(row, 7);
    out.confirmed_ms = number_at(row, 8);
    return out;
}

#define DOORSTEP_ENROLMENT_COLUMNS \
    "SELECT code_id, commitment, nonce, begun_ms, public_key, replica, digits, wrong_digits, confirmed_ms "

}  // namespace

Status AccessTables::migrate(Database& db) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
    DOORSTEP_TRY_ASSIGN(const std::int64_t made,
                        db.number("SELECT count(*) FROM sqlite_master WHERE name = 'device_token'"));
    if (made > 0) return ok();
    DOORSTEP_TRY(db.execute(R"sql(
    CREATE TABLE device_enrolment (code_id BLOB PRIMARY KEY, commitment BLOB NOT NULL, nonce BLOB NOT NULL,
        begun_ms INTEGER NOT NULL, public_key BLOB NOT NULL DEFAULT x'', replica BLOB NOT NULL DEFAULT x'',
        digits TEXT NOT NULL DEFAULT '', wrong_digits INTEGER NOT NULL DEFAULT 0,
        confirmed_ms INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TABLE device_token (no INTEGER PRIMARY KEY AUTOINCREMENT, token_hash BLOB NOT NULL UNIQUE,
        device BLOB NOT NULL, until_ms INTEGER NOT NULL, state INTEGER NOT NULL, nonce BLOB NOT NULL);
    CREATE INDEX device_token_device ON device_token (device);
    CREATE INDEX device_token_nonce ON device_token (nonce);
    CREATE INDEX device_token_until ON device_token (until_ms);
    INSERT INTO device_token (token_hash, device, until_ms, state, nonce)
        SELECT token_hash, token_hash, 0, 1, x'' FROM device;
    )sql"));
    return transaction.commit();
}

Status AccessTables::begin(const Enrolment& enrolment) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO device_enrolment (code_id, commitment, nonce, begun_ms) "
                                      "VALUES (?1, ?2, ?3, ?4)"));
    return insert->blob(1, enrolment.code_id.view())
        .blob(2, enrolment.commitment.view())
        .blob(3, enrolment.nonce.view())
        .integer(4, stored(enrolment.begun_ms))
        .run();
}

Result<std::optional<AccessTables::Enrolment>> AccessTables::find(const Hash& code_id) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement(DOORSTEP_ENROLMENT_COLUMNS "FROM device_enrolment WHERE code_id = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, code_id.view()).step());
    if (!row) return std::optional<Enrolment>();
    DOORSTEP_TRY_ASSIGN(Enrolment found, read_enrolment(*query));
    return std::optional<Enrolment>(std::move(found));
}

Result<std::vector<AccessTables::Enrolment>> AccessTables::waiting(std::uint64_t begun_after_ms) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement(DOORSTEP_ENROLMENT_COLUMNS
                      "FROM device_enrolment WHERE confirmed_ms = 0 AND public_key <> x'' AND begun_ms > ?1 "
                      "ORDER BY begun_ms, code_id"));
    const Statement::Use use(*query);
    query->integer(1, stored(begun_after_ms));
    std::vector<Enrolment> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(Enrolment found, read_enrolment(*query));
        out.push_back(std::move(found));
    }
}

Status AccessTables::put(const Enrolment& enrolment) {
    DOORSTEP_TRY_ASSIGN(Statement * update,
                        db_.statement("UPDATE device_enrolment SET public_key = ?2, replica = ?3, digits = ?4, "
                                      "wrong_digits = ?5, confirmed_ms = ?6 WHERE code_id = ?1"));
    return update->blob(1, enrolment.code_id.view())
        .blob(2, enrolment.public_key)
        .blob(3, enrolment.replica.view())
        .text(4, enrolment.digits)
        .integer(5, stored(enrolment.wrong_digits))
        .integer(6, stored(enrolment.confirmed_ms))
        .run();
}

Status AccessTables::add_token(const Hash& token_hash, const Token& token, BytesView nonce) {
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT OR REPLACE INTO device_token (token_hash, device, until_ms, state, nonce) "
                      "VALUES (?1, ?2, ?3, ?4, ?5)"));
    return insert->blob(1, token_hash.view())
        .blob(2, token.device.view())
        .integer(3, stored(token.until_ms))
        .integer(4, static_cast<std::int64_t>(token.state))
        .blob(5, nonce)
        .run();
}

Result<std::optional<AccessTables::Token>> AccessTables::find_token(const Hash& token_hash) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT no, device, until_ms, state FROM device_token WHERE token_hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, token_hash.view()).step());
    if (!row) return std::optional<Token>();
    Token out;
    out.no = query->integer_at(0);
    DOORSTEP_TRY_ASSIGN(out.device, Hash::from(query->blob_at(1)));
    out.until_ms = number_at(*query, 2);
    out.state = static_cast<Token::State>(query->integer_at(3));
    return std::optional<Token>(out);
}

Status AccessTables::use_token(const Token& token) {
    DOORSTEP_TRY_ASSIGN(Statement * use, db_.statement("UPDATE device_token SET state = 1 WHERE no = ?1"));
    DOORSTEP_TRY(use->integer(1, token.no).run());
    DOORSTEP_TRY_ASSIGN(Statement * end,
                        db_.statement("UPDATE device_token SET state = 2 WHERE device = ?1 AND no < ?2"));
    return end->blob(1, token.device.view()).integer(2, token.no).run();
}

Status AccessTables::date_tokens(std::uint64_t until_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE device_token SET until_ms = ?1 WHERE until_ms = 0"));
    return update->integer(1, stored(until_ms)).run();
}

Result<std::int64_t> AccessTables::count_of_nonce(BytesView nonce) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT count(*) FROM device_token WHERE nonce = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY(query->blob(1, nonce).step());
    return query->integer_at(0);
}

Result<std::int64_t> AccessTables::count_of_device(const Hash& device) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT count(*) FROM device_token WHERE device = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY(query->blob(1, device.view()).step());
    return query->integer_at(0);
}

Status AccessTables::forget_tokens(std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * remove,
                        db_.statement("DELETE FROM device_token WHERE until_ms > 0 AND until_ms <= ?1"));
    return remove->integer(1, stored(now_ms)).run();
}

}  // namespace doorstep::server
