#include "core/store/chunks.hpp"

namespace doorstep {

Result<std::optional<ChunkRow>> ChunkTable::at(StreamNo stream, std::uint64_t position) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT first, last, hash, bytes FROM run WHERE stream = ?1 AND last >= ?2 "
                                       "ORDER BY last LIMIT 1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool found,
                        query->integer(1, stream).integer(2, static_cast<std::int64_t>(position)).step());
    if (!found) return std::optional<ChunkRow>();
    ChunkRow row;
    row.first = static_cast<std::uint64_t>(query->integer_at(0));
    row.last = static_cast<std::uint64_t>(query->integer_at(1));
    row.form = query->is_null_at(3) ? ChunkRow::Form::stale : ChunkRow::Form::ready;
    if (query->is_null_at(2)) {
        row.form = ChunkRow::Form::plain;
    } else {
        DOORSTEP_TRY_ASSIGN(row.hash, Hash::from(query->blob_at(2)));
        row.bytes = Bytes(query->blob_at(3));
    }
    return std::optional<ChunkRow>(std::move(row));
}

Result<std::uint64_t> ChunkTable::end(StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT max(last) FROM run WHERE stream = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY(query->integer(1, stream).step());
    return static_cast<std::uint64_t>(query->integer_at(0));
}

Status ChunkTable::put(StreamNo stream, const ChunkRow& row) {
    const bool plain = row.form == ChunkRow::Form::plain;
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_->statement("INSERT OR REPLACE INTO run (stream, first, last, hash, bytes) VALUES (?1, ?2, ?3, ?4, ?5)"));
    insert->integer(1, stream)
        .integer(2, static_cast<std::int64_t>(row.first))
        .integer(3, static_cast<std::int64_t>(row.last));
    if (!plain) insert->blob(4, row.hash.view()).blob(5, row.bytes);  // otherwise NULL
    return insert->run();
}

Status ChunkTable::forget_bytes(StreamNo stream, std::uint64_t first, std::uint64_t last) {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_->statement("UPDATE run SET bytes = NULL WHERE stream = ?1 "
                                                           "AND last >= ?2 AND first <= ?3 AND bytes IS NOT NULL"));
    return update->integer(1, stream)
        .integer(2, static_cast<std::int64_t>(first))
        .integer(3, static_cast<std::int64_t>(last))
        .run();
}

}  // namespace doorstep
