// core/engine/fold.hpp -- joins log and records: state = fold(log), applied one commit at a time and checked whole.
#pragma once

#include <set>
#include <utility>

#include "core/merge/record_state.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// Applies what one commit wrote to the record's state in the stream. `place`: where it lies in the log.
Status fold_record(Store& store, StreamNo stream, const RecordOps& ops, const Dot& dot, const PartPlace& place);

/// One record in one stream.
using RecordKey = std::pair<RecordId, StreamNo>;
/// Folds these records again from the whole log, which names each of them. Reads all of it: for rare events.
Status refold(Store& store, const std::set<RecordKey>& records);

/// What the check of a whole file found.
struct Verification {
    std::uint64_t commits = 0, records = 0, streams = 0;
    Digest state;  ///< over all records: two replicas of the same scope with nothing unsent have the same
};

/// Reads everything again: each commit's hash, each part's hash, each chain, the digest of each stream's order,
/// fold(log) against the stored records byte by byte. Errors: corrupt, saying what differs.
Result<Verification> verify(Store& store);

}  // namespace doorstep
