// core/engine/office_replica.hpp -- the ids as which the office writes: fresh at each opening, and known again by
// whoever holds its key (docs/adr/0003, 0027).
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/id.hpp"
#include "core/model/area.hpp"

namespace doorstep {

/// One for each opening and stream, so that a database that came back from a backup cannot use a dot again that it gave
/// out after the backup was made: 10 bytes of a hash of both, and 6 that only the key's holder can put behind them.
ReplicaId office_replica(const Salt& opening, const Stream& stream, BytesView key);

/// Whether the holder of the key made this id, in this opening or one that its file does not remember. A stranger would
/// have to ask 2^47 times to find one that passes. False when the key is empty: anybody could have.
bool is_office_replica(const ReplicaId& id, BytesView key);

}  // namespace doorstep
