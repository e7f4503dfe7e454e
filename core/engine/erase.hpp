// core/engine/erase.hpp -- what an act of erasure does to a replica, the office's or a phone's: the words leave the
// log, the records and whatever else holds them, and are taken out of everything that arrives later (docs/erasure.md).
#pragma once

#include <optional>
#include <vector>

#include "core/engine/fold.hpp"
#include "core/model/erasure.hpp"

namespace doorstep {

/// Takes erased parts out of a commit that arrives, by their hashes: its header stays as it was. The streams that they
/// belong to, at their places in the commit; nullopt: that part was not erased. Empty when nothing was ever erased
/// here.
Result<std::vector<std::optional<Stream>>> redact(Store& store, Commit& commit);

bool holds_erasure(const Part& part);
/// Applies the acts among the records of a part that was just folded. Within the caller's transaction; when it has been
/// committed, scrub_if_asked() (core/store/scrub.hpp) overwrites what is left in the file.
Status apply_erasures(Store& store, const Part& acts);

/// Which acts took words from a record, as its history tells it.
struct ErasureNote {
    RecordId act;
    std::string rule, ordered_by;
    std::uint64_t ordered_at_ms = 0;
};
/// What the act's record says; nullopt: it is not here. Errors: those of the store.
Result<std::optional<ErasureNote>> find_erasure(Store& store, const RecordId& act);

}  // namespace doorstep
