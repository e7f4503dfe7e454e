// core/engine/fsck.hpp -- checks a whole file against itself, says in data what is wrong, and folds the log again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/salvage.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// What is in a file.
struct Verification {
    std::uint64_t commits = 0, records = 0, streams = 0;
    Digest state;  ///< over all records: two replicas of the same scope with nothing unsent have the same
};

enum class Fault {
#define DOORSTEP_FAULT(name, cure, zh, en) name,
#include "core/engine/fsck_faults.def"
#undef DOORSTEP_FAULT
};
/// What helps: see the head of fsck_faults.def.
enum class Cure { salvage, rebuild, office };

std::string_view fault_name(Fault fault);
std::string_view fault_text(Fault fault, Language language);
Cure cure_of(Fault fault);

/// One kind of damage in one table.
struct Finding {
    Fault fault = Fault::structure;
    std::string table;  ///< "file" and "log" for what lies below tables
    std::uint64_t count = 0;
    std::optional<Dot> example;  ///< a commit that is meant, where there is one
};

struct Diagnosis {
    std::vector<Finding> findings;  ///< in the order of the checks
    Verification counts;            ///< of what could be read

    bool sound() const { return findings.empty(); }
    /// Whether everything wrong can be made again from the log.
    bool rebuild_helps() const;
    const Finding* find(Fault fault) const;  ///< nullptr: not found
};

/// Reads every row: each commit's hash (which covers its parts), each chain, the order and digests of each stream, the
/// held list, the named values, and fold(log) against what is stored, byte by byte; then what is derived from records,
/// by making it again. Memory: the records folded again. Errors: only those that are no damage (busy, io,
/// out_of_memory).
Result<Diagnosis> diagnose(Store& store);
/// The same for a file that nobody has open. A file with damaged pages or a damaged log is not opened, since SQLite
/// would change it: its pages are all that is told. Errors: not_found, wrong_key, schema_too_new, busy, io,
/// out_of_memory.
Result<Diagnosis> fsck(const DatabaseOptions& options);

/// The same for an open store as one yes or no, of log and records alone. Errors: corrupt, saying what differs.
Result<Verification> verify(Store& store);

/// Makes every derived table again from the log, in one transaction. Errors: corrupt when the log itself is damaged.
Status rebuild(Store& store);
/// The same for a file that nobody has open.
Status rebuild(const DatabaseOptions& options);

}  // namespace doorstep
