// core/engine/compact.hpp -- compaction of an office's database: what was superseded, what every phone has and what a
// backup holds goes to the archive beside it (docs/compaction.md). Nothing that is read or sent changes by it.
#pragma once

#include <optional>

#include "core/base/limits.hpp"
#include "core/store/store.hpp"

namespace doorstep {

struct CompactionRule {
    std::uint64_t older_than_ms = limits::archive_age_ms;  ///< by the commit's clock
    std::uint64_t retire_ms = limits::retire_ms;           ///< a replica that was silent for longer is not waited for
};

/// Where a compaction goes on. It may begin anew at any time: what is in the archive is passed over.
struct CompactionCursor {
    std::optional<Stream> stream;  ///< nullopt: at the first
    std::uint64_t position = 0;
    enum class Left : std::uint8_t { maybe, nothing } left = Left::maybe;
};
struct CompactionStep {
    std::uint64_t parts = 0, bytes = 0;  ///< that went to the archive
    CompactionCursor next;
};

/// One step, in one transaction: the archive has what it takes on the disk before the database lets go of it. Call it
/// until the cursor says that nothing is left. Errors: those of the store and of the archive; then the database is as
/// it was.
Result<CompactionStep> compact_some(Store& store, const CompactionRule& rule, const CompactionCursor& from,
                                    std::uint64_t now_ms);

/// Up to where parts of the stream may go to the archive: no active replica may still ask for them, and a backup holds
/// them.
Result<std::uint64_t> compaction_horizon(Store& store, const StreamMark& mark, const CompactionRule& rule,
                                         std::uint64_t now_ms);

/// Remembers where the replica stands in these streams: at rest, at once; while it pulls, once a day and where it went
/// back. So what is remembered is never beyond where it is, and a synchronisation seldom writes for it.
enum class Cursors : std::uint8_t { at_rest, pulling };
Status note_cursors(Store& store, const ReplicaId& replica, const std::vector<StreamHead>& heads, Cursors told,
                    std::uint64_t now_ms);

/// Takes what was erased out of the archive too, and overwrites it there. Without effect when it holds nothing of it.
Status erase_in_archive(Store& store);

}  // namespace doorstep
