// core/store/projection_late.hpp -- the indexes of the projection by household, reminder and place, which are brought
// up to date in idle steps: on the way of a save they would be written all over (docs/adr/0016). A query sees
// everything at any moment: it looks at what waits row by row.
#pragma once

#include <optional>
#include <vector>

#include "core/store/projection_changes.hpp"

namespace doorstep {

/// So many rows at most wait, which is some 30 ms of a query: a transaction that leaves more settles a step of them.
inline constexpr std::size_t late_rows_max = 131'072;
/// Rows settled at one go: some 50 ms.
inline constexpr std::size_t late_step_rows = 8192;

/// What is indexed late of a row.
struct LateRow {
    RowNo no = 0;
    std::optional<std::int64_t> household, follow_up, place;
};

/// Errors everywhere: those of the store. Threads: none.
class LateColumns {
public:
    /// rows_max: how many rows may wait; tests let fewer.
    explicit LateColumns(Database& db, std::size_t rows_max = late_rows_max) : db_(&db), rows_max_(rows_max) {}

    /// Brings up to rows_max changes into the indexes, in order. How many it were; 0: they are up to date. The caller
    /// holds a transaction.
    Result<std::size_t> settle(std::size_t rows_max);
    /// Settles a step when too many rows wait. The last thing that a transaction does.
    Status settle_overdue();
    /// How many changes wait.
    Result<std::size_t> waiting_changes();
    /// The rows of changes that wait, as they are now, ascending. What the indexes say of these may be old.
    Result<std::vector<LateRow>> waiting();
    /// What the indexes say of the row goes at once, for an erasure; what it says now waits. The caller holds a
    /// transaction.
    Status forget(RowNo no);
    /// Makes the indexes from all rows. The caller holds a transaction.
    Status make_all();
    /// Whether what does not wait is what the rows say. Errors: corrupt.
    Status check();

private:
    struct Mark {
        ChangeMark reached;
        std::int64_t rows_noted = 0;  ///< rows of changes up to here (ChangeLog::rows_noted)
    };
    Result<Mark> mark();
    Status set_mark(const Mark& mark);
    Result<std::vector<RowNo>> waiting_numbers();
    Status settle_row(RowNo no);

    Database* db_;
    std::size_t rows_max_;
};

/// Whether the row is among these, which are ascending.
bool is_waiting(const std::vector<LateRow>& rows, RowNo no);

}  // namespace doorstep
