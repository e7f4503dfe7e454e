// core/store/salvage.hpp -- what can be saved of a damaged file: commits, each proved by its hash, and its named
// values.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/commit.hpp"
#include "core/store/database.hpp"

namespace doorstep {

/// How much of a file is whole.
struct FileCondition {
    std::uint64_t pages = 0;           ///< that the file should have
    std::uint64_t pages_damaged = 0;   ///< that do not open with the key: changed, torn, emptied
    std::uint64_t pages_missing = 0;   ///< behind the end of a file that was cut
    std::uint64_t frames_dropped = 0;  ///< of the log, behind damage in it, with whole transactions among them

    bool whole() const { return pages_damaged + pages_missing + frames_dropped == 0; }
};

/// Reads every page and no table. Errors: not_found, io, out_of_memory; wrong_key when no page opens.
Result<FileCondition> examine_file(const DatabaseOptions& options);

/// Holds everything in memory: a tool for a bad day, on a machine with room.
struct Salvaged {
    FileCondition condition;
    std::map<std::string, Bytes, std::less<>> meta;
    std::optional<ReplicaId> own;        ///< as the table of replicas marks it
    std::map<Dot, Commit> commits;       ///< those whose bytes have the hash that stands beside them
    std::uint64_t commits_unproved = 0;  ///< rows that look like a commit, but are damaged or nobody's
};

/// Reads what is left, page by page; changes nothing. Where the file and its log hold several versions of a row, the
/// newest that proves itself counts. Errors: as examine_file().
Result<Salvaged> salvage_file(const DatabaseOptions& options);

}  // namespace doorstep
