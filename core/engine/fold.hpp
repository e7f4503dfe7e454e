// core/engine/fold.hpp -- joins log and records: state = fold(log), applied one commit at a time.
#pragma once

#include <set>
#include <utility>

#include "core/merge/record_state.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// Applies what one commit wrote to the record's state in the stream. `place`: where it lies in the log. Where the
/// record belongs by now, if it was ever moved.
Result<std::optional<Area>> fold_record(Store& store, StreamNo stream, const RecordOps& ops, const Dot& dot,
                                        const PartPlace& place);

/// One record in one stream.
using RecordKey = std::pair<RecordId, StreamNo>;
/// Folds these records again from the whole log, which names each of them. Reads all of it: for rare events.
Status refold(Store& store, const std::set<RecordKey>& records);

/// Folds one record again from the commits that wrote it; a record that none wrote goes.
Status refold_written(Store& store, const RecordKey& key);

}  // namespace doorstep
