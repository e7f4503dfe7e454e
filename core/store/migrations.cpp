#include "core/store/migrations.hpp"

namespace doorstep {
namespace {

constexpr std::int64_t application_id = 0x44535450;  // "DSTP"

// Number n brings the schema from version n - 1 to n.
constexpr const char* migrations[] = {
    R"sql(
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

    -- backed_up: on the server, the seq up to which a backup holds the replica's commits; own: on a phone, 1 for the
    -- replica that it is, which meta says too: on another page, so that a damaged file still tells whose it is; whole:
    -- on the server, the seq up to which its commits are here with every part, NULL when all are (other phones may have
    -- brought later ones)
    CREATE TABLE replica (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, backed_up INTEGER NOT NULL DEFAULT 0,
                          own INTEGER NOT NULL DEFAULT 0, whole INTEGER);

    -- position, digest and chain: at the server's head, or a phone's cursor; backed_up: the position that a backup
    -- holds; states and parts: StreamStates, derived from the log
    CREATE TABLE stream (no INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, position INTEGER NOT NULL,
                         digest BLOB NOT NULL, chain BLOB NOT NULL, backed_up INTEGER NOT NULL DEFAULT 0,
                         states BLOB NOT NULL DEFAULT (zeroblob(16)), parts INTEGER NOT NULL DEFAULT 0);

    -- the chain of a stream at every limits::receipt_stride positions
    CREATE TABLE chain (stream INTEGER NOT NULL, position INTEGER NOT NULL, chain BLOB NOT NULL,
                        PRIMARY KEY (stream, position)) WITHOUT ROWID;
    -- on a phone: what the server attested of the order up to there
    CREATE TABLE receipt (stream INTEGER NOT NULL, position INTEGER NOT NULL, tag BLOB NOT NULL,
                          PRIMARY KEY (stream, position)) WITHOUT ROWID;
    -- on a phone (displaced.hpp): runs of a stream's order as it was, hashes of what stood after `after` up to
    -- the receipt; and the commits of the log that stood in one and have no place now, or none that a receipt covers.
    -- run 0: nothing attested it; -1: it has none yet; original: write_commit() of what stood there, when the log has
    -- its copy
    CREATE TABLE former_run (no INTEGER PRIMARY KEY, stream INTEGER NOT NULL, after INTEGER NOT NULL,
                             base BLOB NOT NULL, tag BLOB NOT NULL, hashes BLOB NOT NULL);
    CREATE TABLE displaced (stream INTEGER NOT NULL, commit_no INTEGER NOT NULL, run INTEGER NOT NULL, original BLOB,
                            PRIMARY KEY (stream, commit_no)) WITHOUT ROWID;
    -- on the server: commits that a phone brought without proof that they ever stood in the stream; body:
    -- write_commit()
    CREATE TABLE unproved (replica INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, stream INTEGER NOT NULL,
                           body BLOB NOT NULL, PRIMARY KEY (replica, seq, hash, stream)) WITHOUT ROWID;

    -- the log, in the order of arrival; body: write_commit() with replica and seq known from the row
    CREATE TABLE commits (no INTEGER PRIMARY KEY, replica INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
                          body BLOB NOT NULL);

    -- which commit has a dot (dots.hpp): the latest in fresh_dot, the others in dot
    CREATE TABLE dot (replica INTEGER NOT NULL, seq INTEGER NOT NULL, commit_no INTEGER NOT NULL,
                      PRIMARY KEY (replica, seq)) WITHOUT ROWID;
    CREATE TABLE fresh_dot (replica INTEGER NOT NULL, seq INTEGER NOT NULL, commit_no INTEGER NOT NULL,
                            PRIMARY KEY (replica, seq)) WITHOUT ROWID;
    CREATE VIEW every_dot AS SELECT replica, seq, commit_no FROM fresh_dot
                             UNION ALL SELECT replica, seq, commit_no FROM dot;

    -- folded from the log. origin: the commit that wrote the record first here, times 16, plus the place of its part.
    CREATE TABLE record (id BLOB NOT NULL, stream INTEGER NOT NULL, type INTEGER NOT NULL, origin INTEGER NOT NULL,
                         PRIMARY KEY (id, stream)) WITHOUT ROWID;

    -- state: RecordState::pack(). Not while the commit of its origin alone wrote a record, since the log then says it
    -- all (docs/adr/0006): so this table is as small as what was written again, and as quick to write (docs/adr/0016)
    CREATE TABLE folded (id BLOB NOT NULL, stream INTEGER NOT NULL, conflicts INTEGER NOT NULL, state BLOB NOT NULL,
                         PRIMARY KEY (id, stream)) WITHOUT ROWID;
    CREATE INDEX folded_in_conflict ON folded (id, stream) WHERE conflicts > 0;
    CREATE VIEW whole_record AS
        SELECT record.id AS id, record.stream AS stream, type, coalesce(conflicts, 0) AS conflicts, state, origin
        FROM record LEFT JOIN folded ON folded.id = record.id AND folded.stream = record.stream;

    -- the commits that wrote a record after its first
    CREATE TABLE rewrite (record BLOB NOT NULL, commit_no INTEGER NOT NULL,
                          PRIMARY KEY (record, commit_no)) WITHOUT ROWID;

    -- each stream in the server's order, as far as it is here; digest: over positions 1 … position
    CREATE TABLE sequence (stream INTEGER NOT NULL, position INTEGER NOT NULL, commit_no INTEGER NOT NULL,
                           digest BLOB NOT NULL, PRIMARY KEY (stream, position)) WITHOUT ROWID;

    -- runs of each stream's order, joined without a gap; hash and bytes: sync/chunk.hpp. No hash: goes as DATA. A hash
    -- without bytes: to be made again
    CREATE TABLE run (stream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB, bytes BLOB,
                      PRIMARY KEY (stream, last));

    CREATE TABLE held (replica INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, reason INTEGER NOT NULL,
                       PRIMARY KEY (replica, seq, part)) WITHOUT ROWID;

    -- a purge (sealed.hpp): on a phone, own commits that only the office can read; on the server, which replica said
    -- that a stream is gone from its file
    CREATE TABLE sealed (replica BLOB NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, file BLOB NOT NULL,
                         PRIMARY KEY (replica, from_seq)) WITHOUT ROWID;
    CREATE TABLE purged (replica BLOB NOT NULL, stream INTEGER NOT NULL, told_ms INTEGER NOT NULL,
                         PRIMARY KEY (replica, stream)) WITHOUT ROWID;

    -- derived from the records (projection.hpp); household: the slot of its id; place: place_of() its position
    CREATE TABLE projection (no INTEGER PRIMARY KEY, id BLOB NOT NULL, stream INTEGER NOT NULL, type INTEGER NOT NULL,
                             conflicts INTEGER NOT NULL, household INTEGER, follow_up INTEGER, place INTEGER);
    CREATE INDEX projection_lane ON projection (stream, type);
    CREATE INDEX projection_in_conflict ON projection (no) WHERE conflicts > 0;
    CREATE TABLE projection_moved (id BLOB NOT NULL, stream INTEGER NOT NULL, no INTEGER NOT NULL UNIQUE,
                                   PRIMARY KEY (id, stream)) WITHOUT ROWID;

    -- projection_changes.hpp: counts the transactions of this file that wrote records; rows: the numbers of these;
    -- upto: how many rows were named up to here
    CREATE TABLE projection_change (change INTEGER PRIMARY KEY, upto INTEGER NOT NULL, rows BLOB NOT NULL);
    -- projection_late.hpp: columns of the projection again, as they were at the last idle step
    CREATE TABLE projection_late (no INTEGER PRIMARY KEY, household INTEGER, follow_up INTEGER, place INTEGER);
    CREATE INDEX late_household ON projection_late (household) WHERE household IS NOT NULL;
    CREATE INDEX late_follow_up ON projection_late (follow_up) WHERE follow_up IS NOT NULL;
    CREATE INDEX late_place ON projection_late (place) WHERE place IS NOT NULL;

    -- search_index.hpp; a block is of the records from number `first` up to the next block's; built: exact as of this
    -- change, -1: to be made; search_chunk.key: block and first token
    CREATE TABLE search_block (first INTEGER PRIMARY KEY, id INTEGER NOT NULL, built INTEGER NOT NULL);
    CREATE TABLE search_rows (block INTEGER PRIMARY KEY, numbers BLOB NOT NULL);
    CREATE TABLE search_chunk (key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);

    -- attachments; hash: NULL while one is being added; have: bytes that are here, from the beginning on; whole: hashed
    -- and right; sent: the other side has been seen to hold it
    CREATE TABLE blob (no INTEGER PRIMARY KEY, hash BLOB UNIQUE, size INTEGER NOT NULL, have INTEGER NOT NULL DEFAULT 0,
                       whole INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE chunk (no INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, refs INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE blob_chunk (blob INTEGER NOT NULL, n INTEGER NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (blob, n))
        WITHOUT ROWID;
    -- the streams whose ops name it: who may see none of these is given none of its bytes; 0: a part that is held
    CREATE TABLE blob_stream (blob INTEGER NOT NULL, stream INTEGER NOT NULL, PRIMARY KEY (blob, stream)) WITHOUT ROWID;

    -- parts that were erased, in each commit that has them (erased.hpp); salt_mark: mark_of() the salt they had, zero
    -- when it could not be read; hash: of the commit
    CREATE TABLE erased (part BLOB NOT NULL, replica BLOB NOT NULL, seq INTEGER NOT NULL, stream INTEGER NOT NULL,
                         salt_mark BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (part, replica, seq)) WITHOUT ROWID;
    CREATE INDEX erased_salt ON erased (salt_mark);
    CREATE INDEX erased_commit ON erased (hash, stream);

    -- on the server: parts that the log leaves to the archive (archive.hpp): commits.body has their hashes alone
    CREATE TABLE archived (commit_no INTEGER NOT NULL, part INTEGER NOT NULL, PRIMARY KEY (commit_no, part))
        WITHOUT ROWID;
    -- on the server: how far each replica was when it last said so (cursors.hpp)
    CREATE TABLE cursor (replica BLOB NOT NULL, stream INTEGER NOT NULL, position INTEGER NOT NULL,
                         day INTEGER NOT NULL, PRIMARY KEY (replica, stream)) WITHOUT ROWID;
    CREATE INDEX cursor_stream ON cursor (stream, day);

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
