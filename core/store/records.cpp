// The packed state of each record in each stream.
#include "core/store/store.hpp"

namespace doorstep {
namespace {

/// The row under a query of id, stream, type, state.
Result<RecordRow> read_row(const Statement& query) {
    RecordRow row;
    DOORSTEP_TRY_ASSIGN(row.record, RecordId::from(query.blob_at(0)));
    row.stream = query.integer_at(1);
    row.type = static_cast<std::uint32_t>(query.integer_at(2));
    row.state = Bytes(query.blob_at(3));
    return row;
}

Result<std::vector<RecordRow>> read_rows(Statement& query) {
    std::vector<RecordRow> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query.step());
        if (!more) return out;
        DOORSTEP_TRY_ASSIGN(RecordRow row, read_row(query));
        out.push_back(std::move(row));
    }
}

}  // namespace

Result<std::optional<Bytes>> Store::record_state(const RecordId& record, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT state FROM record WHERE id = ?1 AND stream = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, record.view()).integer(2, stream).step());
    if (!row) return std::optional<Bytes>();
    return std::optional<Bytes>(query->blob_at(0));
}

Status Store::put_record(const RecordRow& row, std::uint32_t conflicts) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO record (id, stream, type, conflicts, state) "
                                      "VALUES (?1, ?2, ?3, ?4, ?5)"));
    return insert->blob(1, row.record.view())
        .integer(2, row.stream)
        .integer(3, row.type)
        .integer(4, conflicts)
        .blob(5, row.state)
        .run();
}

Result<std::vector<RecordRow>> Store::records_of(const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, stream, type, state FROM record WHERE id = ?1 ORDER BY stream"));
    const Statement::Use use(*query);
    return read_rows(query->blob(1, record.view()));
}

Result<std::vector<RecordRow>> Store::list_records(std::uint32_t type, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, stream, type, state FROM record WHERE ?1 = 0 OR type = ?1 "
                                      "ORDER BY id DESC, stream LIMIT ?2"));
    const Statement::Use use(*query);
    return read_rows(query->integer(1, type).integer(2, static_cast<std::int64_t>(rows_max)));
}

Result<std::vector<RecordRow>> Store::list_conflicts(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, stream, type, state FROM record WHERE conflicts > 0 "
                                      "ORDER BY id DESC, stream LIMIT ?1"));
    const Statement::Use use(*query);
    return read_rows(query->integer(1, static_cast<std::int64_t>(rows_max)));
}

Status Store::each_record(const std::function<Status(const RecordRow&)>& visit) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, stream, type, state FROM record ORDER BY id, stream"));
    const Statement::Use use(*query);
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) return ok();
        DOORSTEP_TRY_ASSIGN(const RecordRow row, read_row(*query));
        DOORSTEP_TRY(visit(row));
    }
}

}  // namespace doorstep
