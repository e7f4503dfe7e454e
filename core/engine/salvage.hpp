// core/engine/salvage.hpp -- out of a damaged phone's file, a sound one whose next synchronisation delivers what is
// left.
#pragma once

#include "core/store/salvage.hpp"

namespace doorstep {

struct SalvageReport {
    FileCondition condition;
    std::uint64_t commits = 0;      ///< recovered, anybody's; each proved by its hash
    std::uint64_t own = 0;          ///< of these, saved on this phone
    std::uint64_t own_missing = 0;  ///< seqs below the last recovered one of which nothing is left
    std::uint64_t made_again = 0;   ///< own ones that go on under a new replica id, since some before them are gone
    std::uint64_t commits_unproved = 0;
    enum class Kept { no, yes } identity = Kept::no, enrolment = Kept::no;
};

/// Reads `damaged`, which is not changed, and writes what is whole of it into `sound`, a file that does not exist yet.
/// While the phone's own chain is whole, the new file is the same replica and pushes on where the old one stood. Where
/// commits are missing in it, those that the server has not acknowledged are made again under a derived id (rekey.hpp):
/// what they say and when stays, and the rest remains in the log as anybody's. Without the enrolment the phone is
/// enrolled anew; the commits stay. Errors: not_found, wrong_key, already_exists, disk_full, io, out_of_memory.
Result<SalvageReport> salvage(const DatabaseOptions& damaged, const DatabaseOptions& sound);

}  // namespace doorstep
