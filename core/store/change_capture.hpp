// core/store/change_capture.hpp -- the rows that a transaction changed, as bytes; and the same change made in a copy of
// the file. These are SQLite's patchsets (https://www.sqlite.org/sessionintro.html).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/database.hpp"

struct sqlite3_session;

namespace doorstep {

/// Tables of this prefix are a file's own: what is written to them is not captured.
inline constexpr std::string_view local_table_prefix = "local_";

/// Captures what is written to the tables of one file that have a primary key; tables_without_key() tells which have
/// none. What was undone by a savepoint is not among it. Memory: the keys of the rows and, of rows that were there,
/// what they held. Threads: none; the Database's owner's. Gone before its Database is, and before that opens its file
/// again.
class ChangeCapture {
public:
    /// Of what is written from here on. Errors: out_of_memory, internal.
    static Result<ChangeCapture> begin(Database& db);
    /// What is different now; "" when nothing is. Errors: out_of_memory, and those of the database.
    Result<Bytes> changes();

private:
    struct Delete {
        void operator()(sqlite3_session* session) const noexcept;
    };
    explicit ChangeCapture(sqlite3_session* session) : session_(session) {}
    std::unique_ptr<sqlite3_session, Delete> session_;
};

/// Makes the changes in another copy of the file, within the caller's transaction. Errors: corrupt when the copy is not
/// what the file was before them; and those of the database. Then the caller's transaction must be undone.
Status apply_changes(Database& db, BytesView changes);
/// The rows of one table that the changes add or update, by its INTEGER PRIMARY KEY. Errors: corrupt.
Result<std::vector<std::int64_t>> rows_changed(BytesView changes, std::string_view table);
/// Tables whose rows cannot be captured, by name. Errors: those of the database.
Result<std::vector<std::string>> tables_without_key(Database& db);

}  // namespace doorstep
