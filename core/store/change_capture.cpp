#include "core/store/change_capture.hpp"

#include "sqlite3.h"

namespace doorstep {
namespace {

struct Free {
    void operator()(void* memory) const noexcept { sqlite3_free(memory); }
};
struct Finalize {
    void operator()(sqlite3_changeset_iter* iterator) const noexcept { sqlite3changeset_finalize(iterator); }
};

int is_captured(void*, const char* table) {
    return std::string_view(table).substr(0, local_table_prefix.size()) != local_table_prefix;
}

/// A row that is there, or is not, against what the changes say: this is no copy of the file they were made in.
int refuse(void*, int, sqlite3_changeset_iter*) { return SQLITE_CHANGESET_ABORT; }

/// SQLite takes a mutable pointer, and does not write through it.
void* raw(BytesView bytes) { return const_cast<char*>(bytes.data()); }

}  // namespace

void ChangeCapture::Delete::operator()(sqlite3_session* session) const noexcept { sqlite3session_delete(session); }

Result<ChangeCapture> ChangeCapture::begin(Database& db) {
    sqlite3_session* session = nullptr;
    const int made = sqlite3session_create(db.handle(), "main", &session);
    if (made != SQLITE_OK) return sqlite_error(db.handle(), made, "cannot capture changes");
    ChangeCapture out(session);
    sqlite3session_table_filter(session, is_captured, nullptr);
    const int attached = sqlite3session_attach(session, nullptr);
    if (attached != SQLITE_OK) return sqlite_error(db.handle(), attached, "cannot capture changes");
    return out;
}

Result<Bytes> ChangeCapture::changes() {
    int size = 0;
    void* bytes = nullptr;
    const int rc = sqlite3session_patchset(session_.get(), &size, &bytes);
    const std::unique_ptr<void, Free> owned(bytes);
    if (rc != SQLITE_OK) return sqlite_error(nullptr, rc, "cannot tell what a transaction changed");
    return Bytes(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

Status apply_changes(Database& db, BytesView changes) {
    const int rc = sqlite3changeset_apply_v2(db.handle(), static_cast<int>(changes.size()), raw(changes), nullptr,
                                             refuse, nullptr, nullptr, nullptr, SQLITE_CHANGESETAPPLY_NOSAVEPOINT);
    if (rc == SQLITE_ABORT) return Error{Errc::corrupt, "the file is not a copy of the one that was changed"};
    if (rc != SQLITE_OK) return sqlite_error(db.handle(), rc, "cannot follow a change");
    return ok();
}

Result<std::vector<std::int64_t>> rows_changed(BytesView changes, std::string_view table) {
    const Error damaged{Errc::corrupt, "changes cannot be read"};
    sqlite3_changeset_iter* iterator = nullptr;
    if (sqlite3changeset_start(&iterator, static_cast<int>(changes.size()), raw(changes)) != SQLITE_OK) return damaged;
    const std::unique_ptr<sqlite3_changeset_iter, Finalize> owned(iterator);
    std::vector<std::int64_t> out;
    int rc = SQLITE_ROW;
    while ((rc = sqlite3changeset_next(iterator)) == SQLITE_ROW) {
        const char* name = nullptr;
        int columns = 0, operation = 0;
        sqlite3changeset_op(iterator, &name, &columns, &operation, nullptr);
        if (name != table || operation == SQLITE_DELETE) continue;
        sqlite3_value* key = nullptr;  // of an update in a patchset, among what is new
        if (sqlite3changeset_new(iterator, 0, &key) != SQLITE_OK || !key)
            if (sqlite3changeset_old(iterator, 0, &key) != SQLITE_OK || !key) return damaged;
        out.push_back(sqlite3_value_int64(key));
    }
    return rc == SQLITE_DONE ? Result<std::vector<std::int64_t>>(std::move(out)) : damaged;
}

Result<std::vector<std::string>> tables_without_key(Database& db) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db.statement("SELECT name FROM sqlite_master AS t WHERE type = 'table' AND substr(name, 1, 7) "
                                     "<> 'sqlite_' AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) "
                                     "WHERE pk > 0) ORDER BY name"));
    const Statement::Use use(*query);
    std::vector<std::string> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.emplace_back(query->blob_at(0));
    }
}

}  // namespace doorstep
