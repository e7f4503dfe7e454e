// core/engine/fold.hpp -- joins log and records: state = fold(log), for a commit of one's own as for anybody else's.
#pragma once

#include "core/merge/record_state.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// What admit() found.
enum class Admitted {
    fresh,  ///< new here; its parts are applied
    more,   ///< known, but parts of it are new here and applied now
    known,  ///< nothing new
};

/// Writes a commit to the log and its parts into the records; parts listed as held stay in the log alone. Idempotent.
/// The caller holds a transaction. Errors: forked (another commit has this dot), malformed, and those of the store.
Result<Admitted> admit(Store& store, const Commit& commit, const Hash& hash);

/// What the check of a whole file found.
struct Verification {
    std::uint64_t commits = 0, records = 0, streams = 0;
    Digest state;  ///< over all records: two replicas of the same scope with nothing unsent have the same
};

/// Reads everything again: each commit's hash, each part's hash, the chain of this replica, fold(log) against the
/// stored records byte by byte. Errors: corrupt, saying what differs.
Result<Verification> verify(Store& store);

}  // namespace doorstep
