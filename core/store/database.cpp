#include "core/store/database.hpp"

#include <cstdio>

#include "core/base/limits.hpp"
#include "core/store/cipher.hpp"
#include "sqlite3.h"

namespace doorstep {
namespace {

constexpr int busy_timeout_ms = 10'000;

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// An encrypted page 1 keeps bytes 16 to 23 of SQLite's header in the clear: page size, versions, reserved bytes and
/// the three fixed payload fractions. Whoever has them but does not open has the wrong key; whoever lacks them is no
/// database.
bool looks_like_a_database(const std::string& path) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
    unsigned char head[24];
    if (!file || std::fread(head, 1, sizeof head, file.get()) != sizeof head) return false;
    return head[16] == 0x10 && head[17] == 0x00 && head[21] == 64 && head[22] == 32 && head[23] == 32;
}

/// The first read decides whether key and file belong together.
Status prove_key(sqlite3* db, const std::string& path) {
    const int rc = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
    if (rc == SQLITE_OK) return ok();
    if ((rc & 0xff) != SQLITE_NOTADB) return sqlite_error(db, rc, "cannot read the database");
    if (looks_like_a_database(path)) return Error{Errc::wrong_key, "the key does not fit the file"};
    return Error{Errc::not_a_database, "the file has no database header"};
}

}  // namespace

void Database::Close::operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }

Database::Database(const DatabaseOptions& options)
    : options_(options), wal_pages_(std::make_unique<int>(0)), committing_(std::make_unique<Committing>()) {}

Result<Database> Database::open(const DatabaseOptions& options) {
    Database db(options);
    DOORSTEP_TRY_ASSIGN(db.db_, connect(options));
    DOORSTEP_TRY(db.configure());
    return db;
}

Result<Database::Connection> Database::connect(const DatabaseOptions& options) {
    const int create = options.mode == OpenMode::create ? SQLITE_OPEN_CREATE : 0;
    sqlite3* raw = nullptr;
    const int rc = sqlite3_open_v2(options.path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | create,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
    Connection owned(raw);
    if ((rc & 0xff) == SQLITE_CANTOPEN && create == 0)
        return Error{Errc::not_found, "there is no database at this path, or it may not be read and written"};
    if (rc != SQLITE_OK) return sqlite_error(raw, rc, "cannot open the database");
    return owned;
}

Status Database::reconnect() {
    for (sqlite3_stmt* one = sqlite3_next_stmt(db_.get(), nullptr); one; one = sqlite3_next_stmt(db_.get(), one))
        if (sqlite3_stmt_busy(one) != 0)
            return Error{Errc::out_of_memory, "a failed change could not be undone while the file was being read"};
    Database fresh(options_);
    fresh.options_.mode = OpenMode::existing;
    DOORSTEP_TRY_ASSIGN(fresh.db_, connect(fresh.options_));
    DOORSTEP_TRY(fresh.configure());
    statements_.clear();
    db_ = std::move(fresh.db_);  // with the one before goes what it did not undo
    wal_pages_ = std::move(fresh.wal_pages_);
    committing_ = std::move(fresh.committing_);
    half_undone_ = false;
    return ok();
}

Status Database::configure() {
    sqlite3* db = db_.get();
    sqlite3_busy_timeout(db, busy_timeout_ms);
    DOORSTEP_TRY(set_key(db, options_.key));
    DOORSTEP_TRY(prove_key(db, options_.path));
    DOORSTEP_TRY(execute("PRAGMA journal_mode = WAL"));
    DOORSTEP_TRY(
        execute(options_.durability == Durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
    // What is deleted is overwritten at once: scrub.hpp sees to what SQLite only moves.
    DOORSTEP_TRY(execute("PRAGMA secure_delete = ON"));
    DOORSTEP_TRY(execute("PRAGMA cache_size = -8000; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"));
    // The owner checkpoints in idle moments; past wal_pages_max a commit does it after all, so the log stays bounded.
    sqlite3_wal_hook(
        db,
        [](void* pages, sqlite3* connection, const char* name, int count) {
            *static_cast<int*>(pages) = count;
            if (count >= limits::wal_pages_max)
                sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
            return SQLITE_OK;
        },
        wal_pages_.get());
    // Whatever is committed past the log would be in this copy of the file alone.
    if (options_.log)
        sqlite3_commit_hook(
            db, [](void* state) { return *static_cast<Committing*>(state) == Committing::allowed ? 0 : 1; },
            committing_.get());
    return ok();
}

Status Database::execute(const char* sql) {
    if (half_undone_) DOORSTEP_TRY(reconnect());
    const int rc = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) return sqlite_error(db_.get(), rc, "the database refused a command");
    return ok();
}

Result<Statement*> Database::statement(std::string_view sql_literal) {
    if (half_undone_) DOORSTEP_TRY(reconnect());
    const auto known = statements_.find(sql_literal);
    if (known != statements_.end()) return &known->second;
    DOORSTEP_TRY_ASSIGN(Statement fresh, Statement::prepare(db_.get(), sql_literal));
    return &statements_.emplace(sql_literal, std::move(fresh)).first->second;
}

Result<std::int64_t> Database::number(std::string_view sql_literal) {
    DOORSTEP_TRY_ASSIGN(Statement * query, statement(sql_literal));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->step());
    return row ? query->integer_at(0) : 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(db_.get()); }

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(db_.get()); }

Status Database::checkpoint() {
    if (half_undone_) DOORSTEP_TRY(reconnect());
    int left = 0, moved = 0;
    const int rc = sqlite3_wal_checkpoint_v2(db_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, &left, &moved);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) return sqlite_error(db_.get(), rc, "cannot checkpoint");
    *wal_pages_ = left - moved;
    return ok();
}

Status Database::copy_to(Database& empty) {
    if (half_undone_) DOORSTEP_TRY(reconnect());
    sqlite3_backup* backup = sqlite3_backup_init(empty.db_.get(), "main", db_.get(), "main");
    if (!backup) return sqlite_error(empty.db_.get(), sqlite3_errcode(empty.db_.get()), "cannot begin a copy");
    constexpr int all_pages = -1;  // in one step, so that the copy is of one moment
    const int stepped = sqlite3_backup_step(backup, all_pages);
    const int finished = sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE) return sqlite_error(empty.db_.get(), stepped, "the copy did not end");
    if (finished != SQLITE_OK) return sqlite_error(empty.db_.get(), finished, "the copy did not end");
    return ok();
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

int Database::wal_pages() const { return *wal_pages_; }

namespace {

const Error group_undone{Errc::busy, "what was to be written together was undone, for one of it failed; send it again"};

}  // namespace

/// The way back is made ready first: with no memory left to prepare it, the transaction would stay open. And one that
/// could not be undone when it failed is undone now.
Status Database::begin_immediate() {
    DOORSTEP_TRY_ASSIGN(Statement * back, statement("ROLLBACK"));
    if (in_transaction()) DOORSTEP_TRY(back->run());
    DOORSTEP_TRY_ASSIGN(Statement * begin, statement("BEGIN IMMEDIATE"));
    return begin->run();
}

/// The log's lock comes before the file's: whoever holds the file's waits for nobody else's.
Status Database::enter_and_begin() {
    if (!options_.log) return begin_immediate();
    DOORSTEP_TRY(options_.log->enter(*this));
    Status begun = begin_immediate();
    if (begun) begun = options_.log->begin(*this);
    if (begun) return begun;
    if (in_transaction()) static_cast<void>(undo());
    leave();
    return begun;
}

/// Into the log first, which is what counts: a file that fails after that is behind, as if another host had written.
Status Database::append_and_commit() {
    DOORSTEP_TRY_ASSIGN(Statement * commit, statement("COMMIT"));
    if (options_.log) DOORSTEP_TRY(options_.log->append(*this));
    *committing_ = Committing::allowed;
    const Status committed = commit->run();
    *committing_ = Committing::refused;
    if (committed) leave();
    return committed;
}

/// When SQLite stops half-way, the connection is to be replaced.
Status Database::undo() {
    const auto back = statement("ROLLBACK");
    const Status undone = back ? back.value()->run() : Status(back.error());
    // After an I/O error SQLite has rolled back already.
    half_undone_ = !undone && undone.error().code == Errc::out_of_memory;
    return undone;
}

void Database::leave() noexcept {
    if (options_.log) options_.log->leave(*this);
}

Status Database::write_locally(const std::function<Status()>& calls) {
    DOORSTEP_TRY(begin_immediate());
    Status done = calls();
    if (done) {
        *committing_ = Committing::allowed;
        const auto commit = statement("COMMIT");
        done = commit ? commit.value()->run() : Status(commit.error());
        *committing_ = Committing::refused;
    }
    if (!done && in_transaction()) static_cast<void>(undo());
    return done;
}

Result<Transaction> Transaction::begin(Database& db) {
    if (db.group_ == Database::Group::open) return begin_step(db);
    DOORSTEP_TRY(db.enter_and_begin());
    db.pending_.emplace();
    return Transaction(db);
}

Result<Transaction> Transaction::begin_step(Database& db) {
    DOORSTEP_TRY(db.statement("ROLLBACK TO step"));  // as in begin_immediate()
    if (!db.in_transaction()) return group_undone;
    DOORSTEP_TRY_ASSIGN(Statement * statement, db.statement("SAVEPOINT step"));
    DOORSTEP_TRY(statement->run());
    db.pending_.emplace();
    return Transaction(db);
}

Transaction::~Transaction() {
    if (!db_) return;
    db_->pending_.reset();
    if (db_->group_ == Database::Group::open) {
        undo_step();
    } else {
        static_cast<void>(db_->undo());
        db_->leave();
    }
}

/// A step that cannot be undone by itself takes the group along.
void Transaction::undo_step() {
    const auto back = db_->statement("ROLLBACK TO step"), release = db_->statement("RELEASE step");
    const bool undone = back && release && back.value()->run() && release.value()->run();
    if (!undone && db_->in_transaction()) static_cast<void>(db_->undo());
}

Status Transaction::commit() {
    const Database::Pending* pending = db_->pending();
    if (pending && pending->write) DOORSTEP_TRY(pending->write(*db_));
    if (db_->group_ == Database::Group::open) {
        DOORSTEP_TRY_ASSIGN(Statement * release, db_->statement("RELEASE step"));
        DOORSTEP_TRY(release->run());
    } else {
        DOORSTEP_TRY(db_->append_and_commit());
    }
    db_->pending_.reset();
    db_ = nullptr;
    return ok();
}

Result<TransactionGroup> TransactionGroup::begin(Database& db) {
    DOORSTEP_TRY(db.enter_and_begin());
    db.group_ = Database::Group::open;
    return TransactionGroup(db);
}

TransactionGroup::~TransactionGroup() {
    if (!db_) return;
    db_->group_ = Database::Group::none;
    if (db_->in_transaction()) static_cast<void>(db_->undo());
    db_->leave();
}

Status TransactionGroup::commit() {
    if (!db_->in_transaction()) return group_undone;
    DOORSTEP_TRY(db_->append_and_commit());
    db_->group_ = Database::Group::none;
    db_ = nullptr;
    return ok();
}

}  // namespace doorstep
