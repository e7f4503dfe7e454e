// core/store/database.hpp -- one encrypted SQLite file: opened with a raw key, in WAL mode, never half-open.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/store/shared_log.hpp"
#include "core/store/statement.hpp"

namespace doorstep {

/// 256 bits from the host's key store. The file is encrypted with AEGIS-256 (SQLite3 Multiple Ciphers).
using StorageKey = std::array<unsigned char, 32>;

enum class OpenMode { existing, create };
/// When a commit returns: with the log on the disk (full), or handed to the system (normal, for rebuildable data).
enum class Durability { full, normal };

struct DatabaseOptions {
    std::string path;
    StorageKey key{};
    OpenMode mode = OpenMode::existing;
    Durability durability = Durability::full;
    std::string vfs;  ///< name of the SQLite VFS; empty: the platform's (tests inject faults here)
    /// Where its transactions are kept too; outlives the Database. Then a write outside a transaction is refused, and
    /// Durability::normal is enough. nullptr: the file is all there is.
    SharedLog* log = nullptr;
};

/// Threads: none; one owner at a time. Other processes may open the same file.
///
/// When memory ends inside ROLLBACK, SQLite stops half-way and what the connection is told after that is not to be
/// trusted. The Database then opens its file again by itself before the next statement; until that succeeds every
/// call answers out_of_memory.
class Database {
public:
    /// Errors: not_found (mode existing), wrong_key, not_a_database, corrupt, busy, disk_full, io.
    static Result<Database> open(const DatabaseOptions& options);

    /// Runs statements that yield no rows. For schema and settings; never with input in the text.
    Status execute(const char* sql);
    /// The statement of this text, prepared at its first use and kept. Lives as long as the Database.
    Result<Statement*> statement(std::string_view sql_literal);
    /// A single number, such as of a PRAGMA.
    Result<std::int64_t> number(std::string_view sql_literal);
    /// Rows changed by the last statement.
    std::int64_t changes() const;
    /// Row id of the last row inserted.
    std::int64_t last_row() const;
    /// Moves the write-ahead log into the file as far as readers allow. Costs time: for idle moments.
    Status checkpoint();
    /// Copies the whole database, as of one moment, into an empty one.
    Status copy_to(Database& empty);
    bool in_transaction() const;
    const DatabaseOptions& options() const { return options_; }
    SharedLog* log() const { return options_.log; }
    /// For core/store alone; another one after the file was opened again.
    sqlite3* handle() const { return db_.get(); }
    /// Changes the file without the log: what came from there, and what is this file's alone. All of it or nothing;
    /// not within a transaction. Errors: those of `calls` and of the database.
    Status write_locally(const std::function<Status()>& calls);
    /// Pages in the write-ahead log after the last commit.
    int wal_pages() const;
    /// What the transaction under way has noted, and how it is written just before it commits
    /// (projection_changes.hpp); undone with it.
    struct Pending {
        std::vector<std::int64_t> rows;
        Status (*write)(Database&) = nullptr;
    };
    Pending* pending() { return pending_ ? &*pending_ : nullptr; }  ///< nullptr outside a transaction

private:
    friend class Transaction;
    friend class TransactionGroup;
    struct Close {
        void operator()(sqlite3* db) const noexcept;
    };
    using Connection = std::unique_ptr<sqlite3, Close>;
    explicit Database(const DatabaseOptions& options);
    static Result<Connection> connect(const DatabaseOptions& options);
    Status configure();
    Status reconnect();

    DatabaseOptions options_;
    Connection db_;
    bool half_undone_ = false;  // the last transaction failed, and so did its ROLLBACK
    enum class Group : std::uint8_t { none, open } group_ = Group::none;
    std::optional<Pending> pending_;
    std::unique_ptr<int> wal_pages_;  // written by SQLite's WAL hook, so it must not move
    /// Whether SQLite may commit: with a log, only what it was told of. Read by SQLite's hook, so it must not move.
    enum class Committing : std::uint8_t { refused, allowed };
    std::unique_ptr<Committing> committing_;
    Status begin_immediate();
    Status enter_and_begin();
    Status append_and_commit();
    Status undo();
    void leave() noexcept;
    /// A literal is found by where it lies, which is quicker than by its text: a save asks for a dozen.
    struct ByAddress {
        std::size_t operator()(std::string_view literal) const { return std::hash<const char*>()(literal.data()); }
        bool operator()(std::string_view a, std::string_view b) const {
            return a.data() == b.data() && a.size() == b.size();
        }
    };
    std::unordered_map<std::string_view, Statement, ByAddress, ByAddress> statements_;  // gone before db_ closes
};

/// Everything until commit() happens together or not at all; without commit() it is undone.
class Transaction {
public:
    /// Takes the write lock at once, so that no step in between meets `busy`. Within a TransactionGroup it is a step of
    /// the group's. Errors: busy when another step's failure undid the group.
    static Result<Transaction> begin(Database& db);
    Transaction(Transaction&& other) noexcept : db_(other.db_) { other.db_ = nullptr; }
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    /// After it returns, the changes are durable (Durability::full), or will be with the group's. Errors undo all.
    Status commit();

private:
    explicit Transaction(Database& db) : db_(&db) {}
    static Result<Transaction> begin_step(Database& db);
    void undo_step();
    Database* db_;
};

/// Transactions that become durable together, with one sync of the disk (group commit: DeWitt et al., SIGMOD 1984). One
/// that is undone takes none of the others along, but for an error after which SQLite undoes all: a full disk, say.
/// What they did may be told to nobody before commit() has returned.
class TransactionGroup {
public:
    /// Takes the write lock. Not within a transaction, nor within another group.
    static Result<TransactionGroup> begin(Database& db);
    TransactionGroup(TransactionGroup&& other) noexcept : db_(other.db_) { other.db_ = nullptr; }
    TransactionGroup& operator=(TransactionGroup&&) = delete;
    ~TransactionGroup();
    /// Errors undo all of them; busy: it was undone before.
    Status commit();

private:
    explicit TransactionGroup(Database& db) : db_(&db) {}
    Database* db_;
};

}  // namespace doorstep
