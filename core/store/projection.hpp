// core/store/projection.hpp -- one narrow row a record, derived from its state: what lists, reminders and maps look at.
// Derived: rebuilt from the records at any time, and then equal but for `changed`, which counts what happened here.
#pragma once

#include <optional>
#include <vector>

#include "core/model/area.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// A record's number in this file, newest first when descending. It is its id's slot: 48 bits of milliseconds, then 15
/// bits that nobody can choose for others; an id whose slot is taken (one in thousands, or forged) gets a number near
/// it, which projection_moved remembers. Never leaves the file.
using RowNo = std::int64_t;
RowNo slot_of(const RecordId& record);
inline constexpr RowNo after_every_row = INT64_MAX;

/// What is known of a record without opening it: the values shown first where people disagree.
struct Columns {
    std::uint32_t type = 0;
    std::uint32_t conflicts = 0;
    std::optional<RecordId> household;
    std::optional<std::int64_t> follow_up_day;  ///< days since 1970-01-01, while it is promised
    std::optional<Value::Position> position;
};

struct ProjectedRow {
    RowNo no = 0;
    RecordId record;
    StreamNo stream = 0;
    std::uint32_t type = 0;
    std::int64_t changed = 0;  ///< the change of this file that wrote it last
};

/// The row under a query of no, id, stream, type, changed.
Result<ProjectedRow> read_projected(const Statement& query);

/// The rows of one stream that have one type, newest first by number.
struct Lane {
    StreamNo stream = 0;
    std::uint32_t type = 0;
};

/// Every call is one statement or a few. Errors everywhere: those of the store. Threads: none.
class Projection {
public:
    explicit Projection(Database& db) : db_(&db) {}

    /// Writes the row of a record. What one transaction writes shares one change number.
    Status put(const RecordId& record, StreamNo stream, const Columns& columns);
    /// The same after clear(): a record that had to move keeps its number.
    Status put_again(const RecordId& record, StreamNo stream, const Columns& columns);
    /// Removes every row of a stream that is purged. Whoever asks what changed since is told to look again.
    Status forget_stream(StreamNo stream);
    /// Removes all rows, keeping what numbers were given out; put_again() of every record makes them.
    Status clear();
    /// SHA-256 over every derived byte: equal before and after a rebuild (invariant 13).
    Result<Hash> fingerprint();

    Result<std::optional<ProjectedRow>> find(RowNo no);
    Result<std::optional<RowNo>> number_of(const RecordId& record, StreamNo stream);
    /// The lanes of a stream; type 0: of every type it holds.
    Result<std::vector<Lane>> lanes(StreamNo stream, std::uint32_t type);

    /// The newest row of the lane below `below`.
    Result<std::optional<RowNo>> newest(const Lane& lane, RowNo below);
    /// Rows, newest first below `below`: of one household (by its slot: the caller compares the id); in conflict.
    Result<std::vector<RowNo>> of_household(RowNo household_slot, RowNo below, std::size_t rows_max);
    Result<std::vector<RowNo>> in_conflict(RowNo below, std::size_t rows_max);
    /// Follow-ups promised for `day_max` or earlier, the longest waiting first, after (day, no).
    struct Due {
        std::int64_t day = INT64_MIN;
        RowNo no = INT64_MIN;
    };
    Result<std::vector<Due>> due(std::int64_t day_max, const Due& after, std::size_t rows_max);
    /// Rows whose place lies in [first, last], at most rows_max, in no order but newest first at one place.
    struct Placed {
        std::int64_t place = 0;
        RowNo no = 0;
    };
    Result<std::vector<Placed>> placed(std::int64_t first, std::int64_t last, std::size_t rows_max);

    /// Counts changes on from those of another file; whoever asks what changed there is told to look again. For a file
    /// without rows.
    Status go_on_after(std::int64_t change);

    /// The number of the last change; 0: none yet.
    Result<std::int64_t> last_change();
    /// Nothing is known of what was before this change.
    Result<std::int64_t> first_known_change();
    /// Rows written by changes above `after`, in their order.
    Result<std::vector<ProjectedRow>> changed_after(std::int64_t after, std::size_t rows_max);

private:
    Result<std::int64_t> change_of_transaction();
    Status forget_changes();
    Status set_floor(std::int64_t change);
    Result<std::optional<RowNo>> moved_to(const RecordId& record, StreamNo stream);
    Result<RowNo> move(const RecordId& record, StreamNo stream);
    Result<bool> write(RowNo no, const RecordId& record, StreamNo stream, const Columns& columns, std::int64_t change);

    Database* db_;
};

/// Latitude and longitude in millionths of a degree, their bits interleaved: places that share leading bits are near.
std::int64_t place_of(const Value::Position& position);
Value::Position position_of(std::int64_t place);
inline constexpr int place_levels = 29;  ///< bits of each of the two; a place has 2 x 29

}  // namespace doorstep
