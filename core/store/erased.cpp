#include "core/store/erased.hpp"

#include "core/store/projection.hpp"

namespace doorstep {

Result<bool> ErasedTable::any() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t found, db_->number("SELECT EXISTS (SELECT 1 FROM erased)"));
    return found != 0;
}

Result<std::uint64_t> ErasedTable::count() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t rows, db_->number("SELECT count(*) FROM erased"));
    return static_cast<std::uint64_t>(rows);
}

Status ErasedTable::add(const ErasedRow& row) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_->statement("INSERT OR IGNORE INTO erased (part, stream, salt_mark, replica, seq, hash) "
                                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
    return insert->blob(1, row.part.view())
        .integer(2, row.stream)
        .blob(3, row.salt_mark.view())
        .blob(4, row.dot.replica.view())
        .integer(5, static_cast<std::int64_t>(row.dot.seq))
        .blob(6, row.commit.view())
        .run();
}

Result<std::optional<StreamNo>> ErasedTable::stream_at(Statement& query) {
    DOORSTEP_TRY_ASSIGN(const bool row, query.step());
    return row ? std::optional<StreamNo>(query.integer_at(0)) : std::nullopt;
}

Result<std::optional<StreamNo>> ErasedTable::find(const Hash& part) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT stream FROM erased WHERE part = ?1"));
    const Statement::Use use(*query);
    return stream_at(query->blob(1, part.view()));
}

Result<std::optional<StreamNo>> ErasedTable::find_salt(const Hash& salt_mark) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT stream FROM erased WHERE salt_mark = ?1 LIMIT 1"));
    const Statement::Use use(*query);
    return stream_at(query->blob(1, salt_mark.view()));
}

Result<std::vector<ErasedRow>> ErasedTable::rows() {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT part, salt_mark, stream, replica, seq, hash FROM erased"));
    const Statement::Use use(*query);
    std::vector<ErasedRow> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) return out;
        ErasedRow row;
        DOORSTEP_TRY_ASSIGN(row.part, Hash::from(query->blob_at(0)));
        DOORSTEP_TRY_ASSIGN(row.salt_mark, Hash::from(query->blob_at(1)));
        row.stream = query->integer_at(2);
        DOORSTEP_TRY_ASSIGN(row.dot.replica, ReplicaId::from(query->blob_at(3)));
        row.dot.seq = static_cast<std::uint64_t>(query->integer_at(4));
        DOORSTEP_TRY_ASSIGN(row.commit, Hash::from(query->blob_at(5)));
        out.push_back(row);
    }
}

Result<bool> ErasedTable::names(StreamNo stream, const Dot& dot, const HashHead& commit) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT 1 FROM erased WHERE replica = ?1 AND seq = ?2 AND stream = ?3 "
                                       "AND substr(hash, 1, 16) = ?4"));
    const Statement::Use use(*query);
    return query->blob(1, dot.replica.view())
        .integer(2, static_cast<std::int64_t>(dot.seq))
        .integer(3, stream)
        .blob(4, commit.view())
        .step();
}

Result<bool> ErasedTable::is_of(StreamNo stream, const Hash& commit) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT 1 FROM erased WHERE hash = ?1 AND stream = ?2"));
    const Statement::Use use(*query);
    return query->blob(1, commit.view()).integer(2, stream).step();
}

Result<std::vector<std::uint64_t>> ErasedTable::places_of(StreamNo stream, CommitNo commit_no) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT position FROM sequence WHERE stream = ?1 AND commit_no = ?2"));
    const Statement::Use use(*query);
    query->integer(1, stream).integer(2, commit_no);
    std::vector<std::uint64_t> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.push_back(static_cast<std::uint64_t>(query->integer_at(0)));
    }
}

Status ErasedTable::forget_record(const RecordId& record, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(const auto no, Projection(*db_).number_of(record, stream));
    static constexpr std::string_view rows[] = {"DELETE FROM projection WHERE no = ?1",
                                                "DELETE FROM projection_late WHERE no = ?1"};
    for (const std::string_view sql : rows) {
        if (!no) break;
        DOORSTEP_TRY_ASSIGN(Statement * row, db_->statement(sql));
        DOORSTEP_TRY(row->integer(1, *no).run());
    }
    DOORSTEP_TRY_ASSIGN(Statement * state, db_->statement("DELETE FROM folded WHERE id = ?1 AND stream = ?2"));
    DOORSTEP_TRY(state->blob(1, record.view()).integer(2, stream).run());
    DOORSTEP_TRY_ASSIGN(Statement * gone, db_->statement("DELETE FROM record WHERE id = ?1 AND stream = ?2"));
    return gone->blob(1, record.view()).integer(2, stream).run();
}

}  // namespace doorstep
