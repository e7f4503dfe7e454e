#include "core/store/statement.hpp"

#include <cerrno>

#include "sqlite3.h"

namespace doorstep {
namespace {

Errc code_of(sqlite3* db, int rc) {
    switch (rc & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::busy;
        case SQLITE_FULL: return Errc::disk_full;
        case SQLITE_NOTADB: return Errc::not_a_database;
        case SQLITE_CORRUPT: return Errc::corrupt;
        case SQLITE_NOMEM: return Errc::out_of_memory;
        case SQLITE_IOERR:
            // A full disk also shows itself as a shared-memory file that cannot grow.
            return db && sqlite3_system_errno(db) == ENOSPC ? Errc::disk_full : Errc::io;
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY: return Errc::io;
        default: return Errc::internal;
    }
}

}  // namespace

Error sqlite_error(sqlite3* db, int rc, const char* what) {
    return {code_of(db, rc), std::string(what) + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(rc))};
}

Result<Statement> Statement::prepare(sqlite3* db, std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int rc =
        sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (rc != SQLITE_OK) return sqlite_error(db, rc, "cannot prepare a statement");
    return Statement(raw);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

Statement& Statement::integer(int position_from_1, std::int64_t v) {
    sqlite3_bind_int64(statement_.get(), position_from_1, v);
    return *this;
}

Statement& Statement::blob(int position_from_1, BytesView bytes) {
    sqlite3_bind_blob64(statement_.get(), position_from_1, bytes.empty() ? "" : bytes.data(), bytes.size(),
                        SQLITE_STATIC);
    return *this;
}

Statement& Statement::text(int position_from_1, std::string_view utf8) {
    sqlite3_bind_text64(statement_.get(), position_from_1, utf8.empty() ? "" : utf8.data(), utf8.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
    return *this;
}

Result<bool> Statement::step() {
    const int rc = sqlite3_step(statement_.get());
    if (rc == SQLITE_ROW) return true;
    if (rc == SQLITE_DONE) return false;
    return sqlite_error(sqlite3_db_handle(statement_.get()), rc, "the database refused a step");
}

Status Statement::run() {
    const auto stepped = step();
    reset();
    if (!stepped) return stepped.error();
    return ok();
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer_at(int column_from_0) const {
    return sqlite3_column_int64(statement_.get(), column_from_0);
}

BytesView Statement::blob_at(int column_from_0) const {
    const auto* p = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column_from_0));
    return {p, p ? static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column_from_0)) : 0};
}

bool Statement::is_null_at(int column_from_0) const {
    return sqlite3_column_type(statement_.get(), column_from_0) == SQLITE_NULL;
}

}  // namespace doorstep
