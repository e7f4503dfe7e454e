// core/store/statement.hpp -- one prepared statement.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/bytes.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace doorstep {

/// What a failed SQLite call means to us. `what` says what was being done; SQLite's own text is appended, which names
/// tables and columns, never values.
Error sqlite_error(sqlite3* db, int rc, const char* what);

/// Threads: none; belongs to its Database's owner. Bound bytes must live until the statement is reset.
class Statement {
public:
    static Result<Statement> prepare(sqlite3* db, std::string_view sql);

    /// Ends the use of a statement when it goes out of scope: no read lock stays behind, no bound view dangles.
    class Use {
    public:
        explicit Use(Statement& statement) : statement_(&statement) {}
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        ~Use() { statement_->reset(); }

    private:
        Statement* statement_;
    };

    Statement& integer(int position_from_1, std::int64_t v);
    Statement& blob(int position_from_1, BytesView bytes);  ///< a view: not copied
    Statement& text(int position_from_1, std::string_view utf8);
    /// True: a row is there to be read. False: done. Errors: busy, disk_full, io, corrupt, out_of_memory, internal.
    Result<bool> step();
    /// Steps a statement that yields no rows, and resets it.
    Status run();
    void reset();

    /// Columns of the current row. A view dies at the next step or reset.
    std::int64_t integer_at(int column_from_0) const;
    BytesView blob_at(int column_from_0) const;
    bool is_null_at(int column_from_0) const;

private:
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace doorstep
