#include "core/store/cursors.hpp"

namespace doorstep {

Result<std::optional<CursorTable::Row>> CursorTable::find(const ReplicaId& replica, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT position, day FROM cursor WHERE replica = ?1 AND stream = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, replica.view()).integer(2, stream).step());
    if (!row) return std::optional<Row>();
    return std::optional(Row{static_cast<std::uint64_t>(query->integer_at(0)), query->integer_at(1)});
}

Status CursorTable::note(const ReplicaId& replica, StreamNo stream, std::uint64_t position, Day day) {
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_->statement("INSERT INTO cursor (replica, stream, position, day) VALUES (?1, ?2, ?3, ?4) "
                       "ON CONFLICT (replica, stream) DO UPDATE SET position = ?3, day = max(day, ?4)"));
    return insert->blob(1, replica.view())
        .integer(2, stream)
        .integer(3, static_cast<std::int64_t>(position))
        .integer(4, day)
        .run();
}

Status CursorTable::forget(const ReplicaId& replica, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_->statement("DELETE FROM cursor WHERE replica = ?1 AND stream = ?2"));
    return remove->blob(1, replica.view()).integer(2, stream).run();
}

Result<std::optional<std::uint64_t>> CursorTable::lowest(StreamNo stream, Day since) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT min(position) FROM cursor WHERE stream = ?1 AND day >= ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, stream).integer(2, since).step());
    if (!row || query->is_null_at(0)) return std::optional<std::uint64_t>();
    return std::optional(static_cast<std::uint64_t>(query->integer_at(0)));
}

}  // namespace doorstep
