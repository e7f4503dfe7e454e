// core/engine/purge.hpp -- what a phone may no longer see leaves its file: what remains is written into a new file
// under a new key, and the host destroys the old key (docs/scope.md). Nothing that the office does not have is ever
// lost by it.
#pragma once

#include <vector>

#include "core/engine/handover.hpp"
#include "core/model/area.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// What a purge would do to a phone's file.
struct PurgePlan {
    std::vector<Stream> streams;  ///< in the file and outside its scope; empty: there is nothing to purge
    /// Own commits of these streams that the office has and no backup of it yet: the host seals each to the office's
    /// key.
    std::vector<HandoverContent> to_seal;
};

/// Errors: not_enrolled; not_delivered while a save or an attachment of these streams has not reached the office.
Result<PurgePlan> plan_purge(Store& store);

/// Writes what remains of `old_file`, which nobody has open, into `fresh`, a file that does not exist yet, in one
/// transaction: it is whole and on the disk when this returns. `sealed`: what became of each of plan_purge()'s to_seal.
/// The old file is not changed. The host then remembers name and key of the new file in place of the old, in one step,
/// and destroys the old key; killed before that, it deletes the new file and begins again.
/// Errors: those of plan_purge(); stale_decision when the plan was another; already_exists, disk_full, io, wrong_key.
Status purge(const DatabaseOptions& old_file, const DatabaseOptions& fresh, const std::vector<Bytes>& sealed);

/// A stream that was purged here. Its own commits come back whole when it is granted again (PULL_WHOLE).
struct PurgedStream {
    Stream stream;
    enum class Proof : std::uint8_t { due = 0, told = 1 } proof = Proof::due;  ///< told: the office took note
};
Bytes pack_purged(const std::vector<PurgedStream>& streams);
Result<std::vector<PurgedStream>> unpack_purged(BytesView bytes);

}  // namespace doorstep
