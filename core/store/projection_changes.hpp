// core/store/projection_changes.hpp -- which records changed in this file, a row a transaction: for screens that update
// themselves, and for what is derived from the projection in idle steps.
#pragma once

#include <cstdint>
#include <vector>

#include "core/store/database.hpp"

namespace doorstep {

/// A record's number in this file, newest first when descending. It is its id's slot: 48 bits of milliseconds, then 15
/// bits that nobody can choose for others; an id whose slot is taken (one in thousands, or forged) gets a number near
/// it, which projection_moved remembers. Never leaves the file.
using RowNo = std::int64_t;
inline constexpr RowNo after_every_row = INT64_MAX;

/// A row within a change. Marks are ordered by change, then by row.
struct ChangeMark {
    std::int64_t change = 0;
    RowNo no = INT64_MIN;
};

/// Every call is one statement or a few. Errors everywhere: those of the store. Threads: none.
class ChangeLog {
public:
    explicit ChangeLog(Database& db) : db_(&db) {}

    /// The row changed. What one transaction notes is written when it commits, as one change.
    Status note(RowNo no);

    /// The number of the last change; 0: none yet.
    Result<std::int64_t> last();
    /// Nothing is known of what was before this change.
    Result<std::int64_t> first_known();
    /// How many rows the changes named up to here, those that are forgotten too.
    Result<std::int64_t> rows_noted();
    /// What changed beyond the mark, in order, at most rows_max. A row stands here once for each of its changes, and
    /// may be gone by now.
    Result<std::vector<ChangeMark>> beyond(const ChangeMark& mark, std::size_t rows_max);

    /// Rows go: who asks what changed since before now cannot be told.
    Status forget_before_now();
    /// Counts on from another file, whose last change this was. For a file without rows.
    Status go_on_after(std::int64_t change) { return set_first_known(change + 1); }
    /// Forgets the changes before `change`, but those that a screen may still ask for.
    Status trim(std::int64_t change);
    /// Forgets all, as before a rebuild.
    Status clear();
    /// Whether every row can be read and counts on from the one before it. Errors: corrupt.
    Status check();

private:
    static Status write_noted(Database& db);
    Status write(std::vector<RowNo> rows);
    Status set_first_known(std::int64_t change);

    Database* db_;
};

}  // namespace doorstep
