// core/engine/admission.hpp -- takes commits into a store: log, records, and the order of their streams.
// One's own commit, a phone's at the office and anybody else's at a phone all pass here.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/store/store.hpp"

namespace doorstep {

/// What admit() found.
enum class Admitted {
    fresh,  ///< new here
    more,   ///< known, but parts of it are new here
    known,  ///< nothing new
};

/// The parts of a commit that are here and may be applied, at their places; nullopt: not here, or held.
using OpenParts = std::vector<std::optional<Part>>;
/// Every part that is here. Errors: malformed.
Result<OpenParts> open_parts(const Commit& commit);

/// Lives within one transaction, which its owner opens before and commits after it: what it remembers of replicas and
/// streams to save look-ups would be wrong after a rollback. Threads: none.
class Admission {
public:
    explicit Admission(Store& store) : store_(&store) {}

    struct Outcome {
        Admitted admitted = Admitted::known;
        CommitNo no = 0;
        std::vector<bool> taken;  ///< of its parts: those that were applied now
        /// Of a fresh commit: the streams of the parts that were erased before it came. They have a place in the order
        /// like any other. Empty: none was.
        std::vector<std::optional<Stream>> erased = {};
    };
    /// Writes the commit to the log and its open parts into the records; what was erased is left out (erase.hpp), and
    /// an act of erasure among them takes effect. Idempotent. Errors: forked (another commit has this dot), and those
    /// of the store.
    Result<Outcome> admit(const Commit& commit, const Hash& hash, const OpenParts& parts);

    /// Applies a part of a commit of the log that was held until now.
    Status apply_held(const Dot& dot, const Part& part, const PartPlace& place) { return fold(dot, part, place); }
    /// Gives a commit of the log the next place in the stream's order.
    Status place(const Stream& stream, CommitNo no, const Hash& hash);
    /// Says where the stream ends now, after its order was mended in the store.
    Status move(const Stream& stream, std::uint64_t position, const Digest& digest, const Hash& chain);
    /// How far the stream goes now.
    Result<StreamHead> head(const Stream& stream);
    Result<ChainTop> top(const ReplicaId& replica);

    /// The records among what was applied since the last call that stand elsewhere than where they were written, or
    /// were moved by it: at the office their words have to follow (core/engine/moves.hpp).
    std::set<RecordId> take_moved() { return std::exchange(moved_, {}); }
    void note_moved(const RecordId& record) { moved_.insert(record); }

    /// Writes what was only remembered. The last call before the transaction's commit.
    Status finish();

private:
    struct Replica {
        ReplicaNo no = 0;
        ChainTop top;
    };
    struct Mark {
        StreamMark mark;
        enum class Written { yes, no } written = Written::yes, states_written = Written::yes;
    };
    Result<Replica*> replica(const ReplicaId& id);
    Result<Mark*> mark(const Stream& stream);
    Status fold(const Dot& dot, const Part& part, const PartPlace& place);
    Result<Outcome> admit_rest(const Commit& commit, const Hash& hash, const OpenParts& parts);
    Result<bool> erased_any();
    Status apply_acts(const OpenParts& parts, const std::vector<bool>& taken);
    Result<Outcome> admit_known(const CommitRow& row, const Commit& commit, const Hash& hash, const OpenParts& parts);

    Store* store_;
    std::optional<bool> erased_any_;  // here, ever; nullopt: not asked yet
    std::map<ReplicaId, Replica> replicas_;
    std::map<Stream, Mark> marks_;
    std::set<RecordId> moved_;
};

}  // namespace doorstep
