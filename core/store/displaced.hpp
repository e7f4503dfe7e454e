// core/store/displaced.hpp -- on a phone: commits without a place in a stream's order, or without the receipt for it.
// Those that lost it are kept beside the run in which the office attested them, so that they can still be offered and
// proved (docs/adr/0021); those whose part of the stream came with another stream have none yet (docs/adr/0027).
#pragma once

#include "core/store/store.hpp"

namespace doorstep {

/// A run of a stream's order as it was, up to where a receipt was given.
struct FormerRun {
    std::uint64_t after = 0;  ///< position before its first commit
    Hash base;                ///< the chain there
    Hash tag;                 ///< of the receipt at its last commit
    std::vector<Hash> hashes;
};

/// A commit that stood in a stream.
struct DisplacedCommit {
    CommitNo no = 0;
    Dot dot_here;  ///< in the log
    Dot dot;       ///< which it had there
    Hash hash;
    /// What stood there, when the commit of the log is a copy of it (core/engine/fork_copy.hpp).
    std::optional<Commit> original = {};
};

/// In the place of a run's number: nothing attested the place that was lost; there was none yet, for the stream is not
/// pulled so far.
inline constexpr std::int64_t run_unattested = 0, run_awaited = -1;

/// Before the places after `after` up to `until` are given to others: keeps what stands there, and what stands behind
/// it as far as a receipt covers it, with the runs that attest it. Those receipts go, for the order that leads to them
/// is no more. Within the caller's transaction.
Status keep_displaced(Store& store, StreamNo stream, std::uint64_t after, std::uint64_t until);

/// Every call is one statement or a few, without a transaction of its own. Errors: those of the store. Threads: none.
class DisplacedTable {
public:
    explicit DisplacedTable(Database& db) : db_(&db) {}

    /// After places behind `after` were given: forgets what was awaited and has one there; what has one again that a
    /// receipt near it covers; and what has one at all when nothing attested it before. The latter two read the
    /// stream's whole order when it keeps any such: for rare events.
    Status settle(StreamNo stream, std::uint64_t after);
    /// Streams of which commits are kept.
    Result<std::vector<StreamNo>> streams();
    /// What has no place in the stream, but commits of `own`: ascending by number, those above `after`. Reads the
    /// stream's whole order.
    Result<std::vector<DisplacedCommit>> without_place(StreamNo stream, const ReplicaId& own, CommitNo after,
                                                       std::size_t rows_max);
    /// Of those, the copies beside which the original is kept.
    Result<std::vector<DisplacedCommit>> copies_without_place(StreamNo stream);
    Result<std::optional<DisplacedCommit>> find(StreamNo stream, CommitNo no);
    /// The run that attests it; nullopt: none does, or the commit is not kept.
    Result<std::optional<FormerRun>> run_of(StreamNo stream, CommitNo no);
    /// `copy` has no place yet and stands in the log for `original`, a commit whose row `no` goes and of which the
    /// stream's part is given here alone.
    Status hand_on(StreamNo stream, CommitNo no, CommitNo copy, const Commit& original);
    Status forget(StreamNo stream, CommitNo no);
    Status forget(CommitNo no);  ///< in every stream

    /// Rows that name a commit or a run which the file does not have.
    Result<std::uint64_t> wrong();

    /// A row as it lies, for a file that is written anew.
    struct Row {
        CommitNo no = 0;
        std::int64_t run = run_unattested;
        Bytes original;
    };
    Result<std::vector<Row>> rows(StreamNo stream);
    Status add(StreamNo stream, const Row& row);
    Result<std::optional<FormerRun>> run(std::int64_t no);
    Result<std::int64_t> add_run(StreamNo stream, const FormerRun& run);  ///< its number

private:
    Database* db_;
};

}  // namespace doorstep
