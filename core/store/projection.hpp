// core/store/projection.hpp -- one narrow row a record, derived from its state: what lists, reminders and maps look at.
// Derived: rebuilt from the records at any time, and then equal, byte by byte.
#pragma once

#include <optional>
#include <vector>

#include "core/model/area.hpp"
#include "core/store/projection_late.hpp"
#include "core/store/store.hpp"

namespace doorstep {

RowNo slot_of(const RecordId& record);

/// What is known of a record without opening it: the values shown first where people disagree.
struct Columns {
    std::uint32_t type = 0;
    std::uint32_t conflicts = 0;
    std::optional<RecordId> household;
    std::optional<std::int64_t> follow_up_day;  ///< days since 1970-01-01, while it is promised
    std::optional<Value::Position> position;

    friend bool operator==(const Columns& a, const Columns& b);
};

struct ProjectedRow {
    RowNo no = 0;
    RecordId record;
    StreamNo stream = 0;
    std::uint32_t type = 0;
};

/// The row under a query of no, id, stream, type.
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

    /// Writes the row of a record and notes that it changed. What one transaction writes is one change.
    Status put(const RecordId& record, StreamNo stream, const Columns& columns);
    /// put() after clear(), which notes nothing: a record that had to move keeps its number.
    Status put_again(const RecordId& record, StreamNo stream, const Columns& columns);
    /// Notes that a record changed whose columns are what they were: its row is not even read.
    Status note(const RecordId& record, StreamNo stream);
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
    /// Rows whose place lies in [first, last], at most rows_max, in no order but newest first at one place. What this
    /// says of rows that wait is old, and what they say now is in waiting().
    struct Placed {
        std::int64_t place = 0;
        RowNo no = 0;
    };
    Result<std::vector<Placed>> placed(std::int64_t first, std::int64_t last, std::size_t rows_max);
    Result<std::vector<LateRow>> waiting() { return LateColumns(*db_).waiting(); }

    /// Counts changes on from those of another file; whoever asks what changed there is told to look again. For a file
    /// without rows.
    Status go_on_after(std::int64_t change) { return ChangeLog(*db_).go_on_after(change); }

    /// The number of the last change; 0: none yet.
    Result<std::int64_t> last_change() { return ChangeLog(*db_).last(); }
    /// Nothing is known of what was before this change.
    Result<std::int64_t> first_known_change() { return ChangeLog(*db_).first_known(); }
    /// Rows written by changes above `after`, each once, in the order of the last that wrote it. Some rows_max of them
    /// when there are as many.
    Result<std::vector<ProjectedRow>> changed_after(std::int64_t after, std::size_t rows_max);

private:
    Result<std::optional<RowNo>> moved_to(const RecordId& record, StreamNo stream);
    Result<RowNo> move(const RecordId& record, StreamNo stream);
    Result<RowNo> write_at_slot(const RecordId& record, StreamNo stream, const Columns& columns);
    Result<bool> write(RowNo no, const RecordId& record, StreamNo stream, const Columns& columns);

    Database* db_;
};

/// Latitude and longitude in millionths of a degree, their bits interleaved: places that share leading bits are near.
std::int64_t place_of(const Value::Position& position);
Value::Position position_of(std::int64_t place);
inline constexpr int place_levels = 29;  ///< bits of each of the two; a place has 2 x 29

}  // namespace doorstep
