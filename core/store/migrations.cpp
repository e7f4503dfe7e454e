#include "core/store/migrations.hpp"

namespace doorstep {
namespace {

constexpr std::int64_t application_id = 0x44535450;  // "DSTP"

// Number n brings the schema from version n - 1 to n.
constexpr const char* migrations[] = {
    R"sql(
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

    -- backed_up: on the server, the seq up to which a backup holds the replica's commits
    CREATE TABLE replica (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, backed_up INTEGER NOT NULL DEFAULT 0);

    -- position and digest: the server's head, or a phone's cursor
    CREATE TABLE stream (no INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,
                         position INTEGER NOT NULL, digest BLOB NOT NULL);

    -- the log, in the order of arrival; body: write_commit() with replica and seq known from the row
    CREATE TABLE commits (no INTEGER PRIMARY KEY, replica INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
                          body BLOB NOT NULL);
    CREATE UNIQUE INDEX commit_of_dot ON commits (replica, seq);

    -- folded from the log; state: RecordState::pack()
    CREATE TABLE record (id BLOB NOT NULL, stream INTEGER NOT NULL, type INTEGER NOT NULL, conflicts INTEGER NOT NULL,
                         state BLOB NOT NULL, PRIMARY KEY (id, stream)) WITHOUT ROWID;
    CREATE INDEX record_in_conflict ON record (id, stream) WHERE conflicts > 0;

    -- each stream in the server's order, as far as it is here; digest: over positions 1 … position
    CREATE TABLE sequence (stream INTEGER NOT NULL, position INTEGER NOT NULL, commit_no INTEGER NOT NULL,
                           digest BLOB NOT NULL, PRIMARY KEY (stream, position)) WITHOUT ROWID;

    -- runs of each stream's order, joined without a gap; hash and bytes: sync/chunk.hpp. No hash: goes as DATA. A hash
    -- without bytes: to be made again
    CREATE TABLE chunk (stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB, bytes BLOB,
                        PRIMARY KEY (stream, last));

    CREATE TABLE held (replica INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, reason INTEGER NOT NULL,
                       PRIMARY KEY (replica, seq, part)) WITHOUT ROWID;

    -- derived from the records (projection.hpp); changed: counts the transactions of this file that wrote records;
    -- household: the slot of its id; place: place_of() its position
    CREATE TABLE projection (no INTEGER PRIMARY KEY, id BLOB NOT NULL, stream INTEGER NOT NULL, type INTEGER NOT NULL,
                             changed INTEGER NOT NULL, conflicts INTEGER NOT NULL, household INTEGER, follow_up INTEGER,
                             place INTEGER);
    CREATE INDEX projection_lane ON projection (stream, type);
    CREATE INDEX projection_changed ON projection (changed);
    CREATE INDEX projection_household ON projection (household) WHERE household IS NOT NULL;
    CREATE INDEX projection_follow_up ON projection (follow_up) WHERE follow_up IS NOT NULL;
    CREATE INDEX projection_place ON projection (place) WHERE place IS NOT NULL;
    CREATE INDEX projection_in_conflict ON projection (no) WHERE conflicts > 0;
    CREATE TABLE projection_moved (id BLOB NOT NULL, stream INTEGER NOT NULL, no INTEGER NOT NULL UNIQUE,
                                   PRIMARY KEY (id, stream)) WITHOUT ROWID;

    -- search_index.hpp; a block is of the records from number `first` up to the next block's; built: exact as of this
    -- change, -1: to be made; search_chunk.key: block and first token
    CREATE TABLE search_block (first INTEGER PRIMARY KEY, id INTEGER NOT NULL, built INTEGER NOT NULL);
    CREATE TABLE search_rows (block INTEGER PRIMARY KEY, numbers BLOB NOT NULL);
    CREATE TABLE search_chunk (key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

    PRAGMA application_id = 0x44535450;
    PRAGMA user_version = 1;
    )sql",
};
constexpr std::int64_t newest = sizeof migrations / sizeof migrations[0];

}  // namespace

Status migrate(Database& db) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t owner, db.number("PRAGMA application_id"));
    DOORSTEP_TRY_ASSIGN(std::int64_t version, db.number("PRAGMA user_version"));
    if (owner != 0 && owner != application_id)
        return Error{Errc::not_a_database, "the file belongs to another program"};
    if (version > newest)
        return Error{Errc::schema_too_new,
                     "schema " + std::to_string(version) + ", this program knows " + std::to_string(newest)};
    if (version == newest) return ok();
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
    DOORSTEP_TRY_ASSIGN(version, db.number("PRAGMA user_version"));  // another process may have been faster
    for (; version < newest; ++version) DOORSTEP_TRY(db.execute(migrations[version]));
    return transaction.commit();
}

}  // namespace doorstep
