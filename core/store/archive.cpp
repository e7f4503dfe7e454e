#include "core/store/archive.hpp"

#include "core/model/commit.hpp"
#include "core/model/erasure.hpp"

namespace doorstep {
namespace {

constexpr std::int64_t application_id = 0x44535441;  // "DSTA"
constexpr std::int64_t newest = 1;

Status make_tables(Database& db) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t owner, db.number("PRAGMA application_id"));
    DOORSTEP_TRY_ASSIGN(const std::int64_t version, db.number("PRAGMA user_version"));
    if (owner != 0 && owner != application_id)
        return Error{Errc::not_a_database, "the file in the archive's place belongs to another program"};
    if (version > newest) return Error{Errc::schema_too_new, "the archive is of a newer program"};
    if (version == newest) return ok();
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
    // meta: scrub.hpp; salt_mark: mark_of() the part's salt; forgotten: parts that were erased
    DOORSTEP_TRY(
        db.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
                   "CREATE TABLE IF NOT EXISTS part (no INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE,"
                   " salt_mark BLOB NOT NULL, body BLOB NOT NULL);"
                   "CREATE INDEX IF NOT EXISTS part_salt ON part (salt_mark);"
                   "CREATE TABLE IF NOT EXISTS forgotten (hash BLOB PRIMARY KEY) WITHOUT ROWID;"
                   "PRAGMA application_id = 0x44535441; PRAGMA user_version = 1;"));
    return transaction.commit();
}

DatabaseOptions beside(const DatabaseOptions& database, OpenMode mode) {
    DatabaseOptions options = database;
    options.path = Archive::path_beside(database.path);
    options.mode = mode;
    options.durability = Durability::full;
    options.log = nullptr;  // what lies here is found by its hash, and follows from what the log says
    return options;
}

}  // namespace

Result<Database> Archive::open_empty(const DatabaseOptions& database) {
    DOORSTEP_TRY_ASSIGN(Database db, Database::open(beside(database, OpenMode::create)));
    DOORSTEP_TRY_ASSIGN(const std::int64_t tables, db.number("SELECT count(*) FROM sqlite_master"));
    if (tables != 0) return Error{Errc::already_exists, "an archive lies there already"};
    return db;
}

Result<Archive> Archive::open(const DatabaseOptions& database, OpenMode mode) {
    DOORSTEP_TRY_ASSIGN(Database db, Database::open(beside(database, mode)));
    DOORSTEP_TRY(make_tables(db));
    return Archive(std::move(db));
}

Status Archive::add(const Hash& part, BytesView packed) {
    DOORSTEP_TRY_ASSIGN(const Salt salt, salt_of_part(packed));
    const Hash mark = mark_of(salt);
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO part (hash, salt_mark, body) VALUES (?1, ?2, ?3) "
                                      "ON CONFLICT DO NOTHING"));
    return insert->blob(1, part.view()).blob(2, mark.view()).blob(3, packed).run();
}

Result<std::optional<Bytes>> Archive::find(const Hash& part) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT body FROM part WHERE hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, part.view()).step());
    if (!row) return std::optional<Bytes>();
    Bytes body(query->blob_at(0));
    if (part_hash(body) != part) return Error{Errc::corrupt, "a part in the archive is not what its hash says"};
    return std::optional<Bytes>(std::move(body));
}

Result<std::uint64_t> Archive::count() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t rows, db_.number("SELECT count(*) FROM part"));
    return static_cast<std::uint64_t>(rows);
}

Result<bool> Archive::forget(const Hash& part, const Hash& salt_mark) {
    // Looked for first: most of what was erased never came here, and a file that is only read is not written.
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT 1 FROM part WHERE hash = ?1 OR salt_mark = ?2"));
    {
        const Statement::Use use(*query);
        const Hash& mark = salt_mark.is_zero() ? part : salt_mark;  // no mark is a part's hash
        DOORSTEP_TRY_ASSIGN(const bool here, query->blob(1, part.view()).blob(2, mark.view()).step());
        if (!here) return false;
    }
    const Hash& mark = salt_mark.is_zero() ? part : salt_mark;
    DOORSTEP_TRY_ASSIGN(Statement * note, db_.statement("INSERT OR IGNORE INTO forgotten SELECT hash FROM part "
                                                        "WHERE hash = ?1 OR salt_mark = ?2"));
    DOORSTEP_TRY(note->blob(1, part.view()).blob(2, mark.view()).run());
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM part WHERE hash = ?1 OR salt_mark = ?2"));
    DOORSTEP_TRY(remove->blob(1, part.view()).blob(2, mark.view()).run());
    return true;
}

Result<bool> Archive::forgot(const Hash& part) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT 1 FROM forgotten WHERE hash = ?1"));
    const Statement::Use use(*query);
    return query->blob(1, part.view()).step();
}

}  // namespace doorstep
