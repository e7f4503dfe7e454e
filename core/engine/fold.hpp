// core/engine/fold.hpp -- joins log and records: state = fold(log), applied one commit at a time.
#pragma once

#include <set>
#include <utility>

#include "core/merge/record_state.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// What applying did.
struct Folded {
    Digest grown;                 ///< by this much the stream's digest over states
    std::optional<Area> belongs;  ///< where the record belongs by now, if it was ever moved
};
/// Applies what one commit wrote to the record's state in the stream. `place`: where it lies in the log.
Result<Folded> fold_record(Store& store, StreamNo stream, const RecordOps& ops, const Dot& dot, const PartPlace& place);

/// One record in one stream.
using RecordKey = std::pair<RecordId, StreamNo>;
/// Folds these records again from the whole log, which names each of them, and counts their streams' states anew.
/// Reads all of it: for rare events.
Status refold(Store& store, const std::set<RecordKey>& records);
/// Whether the stream's records are those of its commits up to the cursor and of no others: then another replica's
/// digest over states there is the same. What was erased has a place and folds to nothing; where there is such, the
/// whole order is read.
Result<bool> is_settled(Store& store, const StreamMark& mark);
/// Counts what each of these streams' records are folded from, and sums up their states, from log and records.
Status count_states(Store& store, const std::set<StreamNo>& streams);

/// Folds one record again from the commits that wrote it; a record that none wrote goes.
Status refold_written(Store& store, const RecordKey& key);

}  // namespace doorstep
