// core/store/store.hpp -- the tables of one replica, phone or server, in one encrypted file.
// Truth is the log of commits and, on the server, its sequence; records are folded from it and can be rebuilt.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/model/chain_top.hpp"
#include "core/model/commit.hpp"
#include "core/model/stream_head.hpp"
#include "core/store/archive.hpp"
#include "core/store/database.hpp"

namespace doorstep {

/// Short numbers that stand in this file for 16-byte replica ids, for streams and for commits. Never leave the file.
using ReplicaNo = std::int64_t;
using StreamNo = std::int64_t;
using CommitNo = std::int64_t;

/// The records of a stream as they stand here.
struct StreamStates {
    Digest digest;            ///< the sum of state_item() over them (core/merge/state_item.hpp)
    std::uint64_t parts = 0;  ///< of commits, that they are folded from

    friend bool operator==(const StreamStates& a, const StreamStates& b) {
        return a.digest == b.digest && a.parts == b.parts;
    }
};

/// A stream's row. On the server `position` is the stream's head, on a phone its cursor.
struct StreamMark {
    StreamNo no = 0;
    StreamHead head;
    Hash chain;                   ///< of the order up to `position` (core/model/stream_chain.hpp)
    std::uint64_t backed_up = 0;  ///< positions up to here are in a backup of the server's, as far as is known here
    StreamStates states = {};
};

/// Where a part lies in the log.
struct PartPlace {
    CommitNo commit_no = 0;
    std::uint32_t part = 0;
};

struct RecordRow {
    RecordId record;
    StreamNo stream = 0;
    std::uint32_t type = 0;
    Bytes state;  ///< RecordState::pack(); a row that leaves it to the log is read as if it had it
};

/// Where a commit lies in the log.
struct CommitRow {
    CommitNo no = 0;
    Hash hash;
};

/// A commit where it stands in a stream, as the server put it there.
struct SequenceEntry {
    std::uint64_t position = 0;
    CommitNo commit_no = 0;
    Commit commit;
};

/// Parts of a commit that go to the archive.
struct LeavingParts {
    CommitNo no = 0;
    Commit as_it_lies;
    std::vector<std::uint32_t> parts;
};

/// Which commit stands at a place of a stream, without its words.
struct PlacedDot {
    std::uint64_t position = 0;
    CommitNo commit_no = 0;
    Dot dot;
    Hash hash;
};

/// A commit that a phone brought without proof that it ever stood in the stream.
struct UnprovedCommit {
    Stream stream;
    Commit commit;
};

/// A part whose body the office holds: stored and acknowledged, not applied (sync.md: quarantine).
struct HeldPart {
    Dot dot;
    std::uint32_t part = 0;
    Errc reason = Errc::internal;
};

/// Every call is one statement or a few, without a transaction of its own: the engine opens one around what belongs
/// together. Errors everywhere: busy, disk_full, io, corrupt, out_of_memory.
/// Threads: none; one owner at a time.
class Store {
public:
    /// Opens or creates the file and brings its schema up to date. Errors: see Database::open; schema_too_new.
    static Result<Store> open(const DatabaseOptions& options);
    /// A new file. Errors: already_exists when there is anything at the path, and as open().
    static Result<Store> create(const DatabaseOptions& options);
    Database& database() { return db_; }
    /// Copies the whole file, as of one moment, to a new one under the same key, and then its archive beside that,
    /// which by then has all that the copy leaves to it; then remembers for each replica what the copy holds. Writers
    /// go on meanwhile. Errors: already_exists, disk_full, io, busy.
    Status back_up(const std::string& path, const StorageKey& key);
    /// Whether this file is such a copy that was not asked before.
    Result<bool> take_backup_mark();

    // Small named values: identity, marks, settings.
    Result<std::optional<Bytes>> meta(std::string_view key);
    Status set_meta(std::string_view key, BytesView value);

    Result<ReplicaNo> replica_no(const ReplicaId& replica);  ///< made when new
    Status mark_own(const ReplicaId& replica);               ///< as the one that this file is, instead of any other
    Result<StreamNo> stream_no(const Stream& stream);        ///< made when new, at position 0
    Result<Stream> stream_of(StreamNo no);

    // The log.
    Result<std::optional<Commit>> find_commit(const Dot& dot);
    Result<std::optional<CommitRow>> find_row(const Dot& dot);
    Result<CommitNo> add_commit(ReplicaNo replica, const Commit& commit, const Hash& hash);
    Status replace_commit(CommitNo no, const Commit& commit);  ///< by one that has more parts, or fewer
    /// By the same words under another dot.
    Status rename_commit(CommitNo no, ReplicaNo replica, const Commit& commit, const Hash& hash);
    Status remove_commit(CommitNo no);  ///< whose words stand in others
    /// Of the commit with this hash. Reads the whole log: for rare events.
    Result<std::optional<Dot>> dot_of(const Hash& hash);
    Result<ChainTop> chain_top(const ReplicaId& replica);
    Result<ChainTop> chain_top(ReplicaNo replica);
    /// Commits of the replica up to here are here, each with every part; its last unless others brought later ones.
    Result<ChainTop> whole_top(const ReplicaId& replica);
    Status set_whole(const ReplicaId& replica, std::optional<std::uint64_t> seq);  ///< nullopt: up to its last
    /// Commits of the replica up to here are in a backup; 0: none.
    Result<std::uint64_t> backed_up_seq(const ReplicaId& replica);
    /// One replica's commits with seq above after_seq, in order, until bytes_max is passed (at least one).
    Result<std::vector<Commit>> commits_after(const ReplicaId& replica, std::uint64_t after_seq, std::size_t bytes_max);
    /// Visits every commit, by replica and seq. Stops at the visitor's first error and returns it.
    Status each_commit(const std::function<Status(const Commit&, const Hash&)>& visit);

    // Records.
    Result<std::optional<Bytes>> record_state(const RecordId& record, StreamNo stream);
    /// Adds the record that the part at `origin` writes first. An empty state is left to the log: only where
    /// writes_afresh() says so. False: it is here already, and nothing was done.
    Result<bool> add_record(const RecordRow& row, std::uint32_t conflicts, const PartPlace& origin);
    Status put_record(const RecordRow& row, std::uint32_t conflicts);  ///< changes one that is here
    /// Remembers who wrote a record after its first commit.
    Status note_rewrite(const RecordId& record, CommitNo by);
    /// The commits that wrote the record, in the order of their arrival. Those whose part is held are not among them.
    Result<std::vector<Commit>> writers_of(const RecordId& record);
    Result<std::vector<RecordRow>> records_of(const RecordId& record);  ///< one row a stream, nearly always one
    /// Newest first, by id. type 0: any.
    Result<std::vector<RecordRow>> list_records(std::uint32_t type, std::size_t rows_max);
    Result<std::vector<RecordRow>> list_conflicts(std::size_t rows_max);
    Status each_record(const std::function<Status(const RecordRow&)>& visit);  ///< by id, then stream

    // Streams and their sequence.
    Result<std::vector<StreamMark>> streams();                               ///< ascending by stream
    Status add_streams(const KeyRange& keys, std::vector<StreamMark>& out);  ///< those of the range, ascending
    Result<StreamMark> stream_mark(const Stream& stream);
    Status set_stream_mark(const StreamMark& mark);  ///< position, digest and chain
    Status set_stream_states(StreamNo stream, const StreamStates& states);
    Status append_entry(StreamNo stream, std::uint64_t position, CommitNo commit_no, const Digest& digest_there);
    /// Visits what follows `position` in the stream, in order, until the visitor says stop. as_it_lies: parts that are
    /// in the archive are not read.
    enum class Visit { go_on, stop };
    enum class Reading { whole, as_it_lies };
    Status entries_after(StreamNo stream, std::uint64_t position,
                         const std::function<Result<Visit>(SequenceEntry)>& visit, Reading reading = Reading::whole);
    /// What stood there is kept as displaced (displaced.hpp).
    Status forget_entries(StreamNo stream);
    Status forget_entries_after(StreamNo stream, std::uint64_t position);
    /// Which commits stand after `position`, in order, until the visitor says stop.
    Status placed_after(StreamNo stream, std::uint64_t position,
                        const std::function<Result<Visit>(const PlacedDot&)>& visit);
    /// Adds the difference to the digest at each position after this one.
    Status shift_digests_after(StreamNo stream, std::uint64_t position, const Digest& difference);
    /// The chain of the order up to the position, which must be here.
    Result<Hash> chain_at(StreamNo stream, std::uint64_t position);
    Status keep_chain(StreamNo stream, std::uint64_t position, const Hash& chain);
    /// Follows the order from `position` to its end again and keeps the chain where it is to be kept. The chain there.
    Result<Hash> follow_chain_after(StreamNo stream, std::uint64_t position);
    Status keep_receipt(StreamNo stream, std::uint64_t position, const Hash& tag);
    /// The first receipt at this position or beyond.
    struct KeptReceipt {
        std::uint64_t position = 0;
        Hash tag;
    };
    Result<std::optional<KeptReceipt>> receipt_from(StreamNo stream, std::uint64_t position);
    Status set_backed_up(StreamNo stream, std::uint64_t position);
    /// Sets the cursor of every stream that places this commit back to its beginning.
    Status start_over_streams_of(CommitNo commit_no);
    Result<std::optional<Digest>> digest_at(StreamNo stream, std::uint64_t position);

    // The archive; on the server only. What is read of the log is whole, wherever its parts lie. Errors of whatever
    // reads a commit: archive_missing when the archive lacks one of its parts.
    /// Opened at the first call. nullptr: there is none (mode existing). Lives as long as the Store.
    Result<Archive*> archive(OpenMode mode);
    /// Takes parts out of the rows of commits, each named once. The archive must have them durably.
    Status leave_to_archive(const std::vector<LeavingParts>& leaving);
    Result<std::uint64_t> archived_count();                           ///< of parts that are left to it
    Result<std::vector<std::uint32_t>> left_to_archive(CommitNo no);  ///< places of the commit's parts
    /// The commit in a row of the log, with the parts that are in the archive; without those that were erased there.
    Result<Commit> whole_commit(CommitNo no, const Dot& dot, BytesView body);

    // Held parts; on the server only.
    Status hold(const HeldPart& part);
    Status release(const Dot& dot, std::uint32_t part);
    Result<bool> is_held(const Dot& dot, std::uint32_t part);
    Result<std::vector<HeldPart>> held_of(const ReplicaId& replica, std::size_t rows_max);
    Result<std::vector<HeldPart>> held(std::size_t rows_max);

    // Commits that nobody could prove; on the server only.
    Status keep_unproved(StreamNo stream, const Commit& commit, const Hash& hash);
    Result<bool> is_unproved(StreamNo stream, const Dot& dot, const HashHead& hash);
    /// What came with its proof after all, or was erased: its part of the stream, or every part.
    Status forget_unproved(const Dot& dot, const Hash& hash, std::optional<StreamNo> stream = std::nullopt);
    Result<std::vector<UnprovedCommit>> unproved(std::size_t rows_max);

private:
    explicit Store(Database db) : db_(std::move(db)) {}
    Result<ReplicaId> replica_of(ReplicaNo no);
    Result<Bytes> state_in_log(const RecordId& record, std::int64_t origin);
    Status put_state(const RecordRow& row, std::uint32_t conflicts);
    Result<std::optional<std::uint32_t>> type_of(const RecordId& record, StreamNo stream);
    Result<RecordRow> read_record_row(const Statement& query);
    Result<std::vector<RecordRow>> read_record_rows(Statement& query);
    Result<std::optional<ReplicaNo>> known_replica(const ReplicaId& replica);
    Status copy_archive(const std::string& path, const StorageKey& key);
    Status write_body(CommitNo no, const Commit& commit);
    Status take_from_archive(CommitNo no);

    Database db_;
    std::optional<Archive> archive_;
    Bytes body_;  // of the commit being written: its room is used again
};

}  // namespace doorstep
