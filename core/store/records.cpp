// The packed state of each record in each stream.
#include "core/base/limits.hpp"
#include "core/model/written_once.hpp"
#include "core/store/commit_row.hpp"
#include "core/store/store.hpp"

namespace doorstep {
namespace {

constexpr std::int64_t places_a_commit = 16;
static_assert(limits::commit_parts_max <= places_a_commit);

std::int64_t number_of(const PartPlace& place) { return place.commit_no * places_a_commit + place.part; }

}  // namespace

/// What the part at `origin`, which alone wrote the record, made of it.
Result<Bytes> Store::state_in_log(const RecordId& record, std::int64_t origin) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, seq, body FROM commits JOIN replica ON replica.no = commits.replica "
                                      "WHERE commits.no = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, origin / places_a_commit).step());
    if (!row) return Error{Errc::corrupt, "a record names a commit that the log does not have"};
    Dot dot;
    DOORSTEP_TRY_ASSIGN(dot.replica, ReplicaId::from(query->blob_at(0)));
    dot.seq = static_cast<std::uint64_t>(query->integer_at(1));
    const auto place = static_cast<std::uint32_t>(origin % places_a_commit);
    const auto packed = read_part(Reader(query->blob_at(2)), {&dot.replica, dot.seq, nullptr}, place);
    Commit whole;
    const bool away = packed && packed.value().empty();  // in the archive, while records are folded again
    if (away) {
        DOORSTEP_TRY_ASSIGN(whole, whole_commit(origin / places_a_commit, dot, query->blob_at(2)));
    }
    const auto part =
        packed ? Part::unpack(away ? BytesView(whole.parts[place]) : packed.value()) : Result<Part>(packed.error());
    if (!part) return Error{Errc::corrupt, "a record's commit cannot be read"};
    for (const RecordOps& ops : part.value().records)
        if (ops.record == record && writes_afresh(ops)) return written_once(ops, dot);
    return Error{Errc::corrupt, "a record's commit did not write it"};
}

/// The row under a query of id, stream, type, state, origin.
Result<RecordRow> Store::read_record_row(const Statement& query) {
    RecordRow row;
    DOORSTEP_TRY_ASSIGN(row.record, RecordId::from(query.blob_at(0)));
    row.stream = query.integer_at(1);
    row.type = static_cast<std::uint32_t>(query.integer_at(2));
    if (!query.is_null_at(3)) {
        row.state = Bytes(query.blob_at(3));
        return row;
    }
    DOORSTEP_TRY_ASSIGN(row.state, state_in_log(row.record, query.integer_at(4)));
    return row;
}

Result<std::vector<RecordRow>> Store::read_record_rows(Statement& query) {
    std::vector<RecordRow> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query.step());
        if (!more) return out;
        DOORSTEP_TRY_ASSIGN(RecordRow row, read_record_row(query));
        out.push_back(std::move(row));
    }
}

Result<std::optional<Bytes>> Store::record_state(const RecordId& record, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT id, stream, type, state, origin FROM whole_record WHERE id = ?1 AND stream = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool found, query->blob(1, record.view()).integer(2, stream).step());
    if (!found) return std::optional<Bytes>();
    DOORSTEP_TRY_ASSIGN(RecordRow row, read_record_row(*query));
    return std::optional<Bytes>(std::move(row.state));
}

Result<bool> Store::add_record(const RecordRow& row, std::uint32_t conflicts, const PartPlace& origin) {
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO record (id, stream, type, origin) "
                                                          "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"));
    insert->blob(1, row.record.view()).integer(2, row.stream).integer(3, row.type).integer(4, number_of(origin));
    DOORSTEP_TRY(insert->run());
    if (db_.changes() == 0) return false;
    if (!row.state.empty()) DOORSTEP_TRY(put_state(row, conflicts));
    return true;
}

Status Store::put_state(const RecordRow& row, std::uint32_t conflicts) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO folded (id, stream, conflicts, state) VALUES (?1, ?2, ?3, ?4) "
                                      "ON CONFLICT (id, stream) DO UPDATE SET conflicts = ?3, state = ?4"));
    return insert->blob(1, row.record.view()).integer(2, row.stream).integer(3, conflicts).blob(4, row.state).run();
}

Status Store::put_record(const RecordRow& row, std::uint32_t conflicts) {
    DOORSTEP_TRY_ASSIGN(const std::optional<std::uint32_t> type, type_of(row.record, row.stream));
    if (!type) return Error{Errc::corrupt, "a record that was there is gone"};
    if (*type != row.type) {  // two types met on one id
        DOORSTEP_TRY_ASSIGN(Statement * update,
                            db_.statement("UPDATE record SET type = ?3 WHERE id = ?1 AND stream = ?2"));
        DOORSTEP_TRY(update->blob(1, row.record.view()).integer(2, row.stream).integer(3, row.type).run());
    }
    return put_state(row, conflicts);
}

Result<std::optional<std::uint32_t>> Store::type_of(const RecordId& record, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT type FROM record WHERE id = ?1 AND stream = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool found, query->blob(1, record.view()).integer(2, stream).step());
    if (!found) return std::optional<std::uint32_t>();
    return std::optional<std::uint32_t>(static_cast<std::uint32_t>(query->integer_at(0)));
}

Status Store::note_rewrite(const RecordId& record, CommitNo by) {
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT INTO rewrite (record, commit_no) VALUES (?1, ?2) ON CONFLICT DO NOTHING"));
    return insert->blob(1, record.view()).integer(2, by).run();
}

Result<std::vector<Commit>> Store::writers_of(const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT id, seq, body, commits.no FROM commits JOIN replica ON replica.no = commits.replica "
                      "WHERE commits.no IN (SELECT origin / 16 FROM record WHERE record.id = ?1 "
                      "UNION SELECT commit_no FROM rewrite WHERE record = ?1) ORDER BY commits.no"));
    const Statement::Use use(*query);
    query->blob(1, record.view());
    std::vector<Commit> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(const ReplicaId replica, ReplicaId::from(query->blob_at(0)));
        const Dot dot{replica, static_cast<std::uint64_t>(query->integer_at(1))};
        DOORSTEP_TRY_ASSIGN(Commit commit, whole_commit(query->integer_at(3), dot, query->blob_at(2)));
        out.push_back(std::move(commit));
    }
}

Result<std::vector<RecordRow>> Store::records_of(const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT id, stream, type, state, origin FROM whole_record WHERE id = ?1 ORDER BY stream"));
    const Statement::Use use(*query);
    return read_record_rows(query->blob(1, record.view()));
}

Result<std::vector<RecordRow>> Store::list_records(std::uint32_t type, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, stream, type, state, origin FROM whole_record "
                                      "WHERE ?1 = 0 OR type = ?1 ORDER BY id DESC, stream LIMIT ?2"));
    const Statement::Use use(*query);
    return read_record_rows(query->integer(1, type).integer(2, static_cast<std::int64_t>(rows_max)));
}

Result<std::vector<RecordRow>> Store::list_conflicts(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT folded.id, folded.stream, type, state, origin FROM folded "
                                      "CROSS JOIN record ON record.id = folded.id AND record.stream = folded.stream "
                                      "WHERE conflicts > 0 ORDER BY folded.id DESC, folded.stream LIMIT ?1"));
    const Statement::Use use(*query);
    return read_record_rows(query->integer(1, static_cast<std::int64_t>(rows_max)));
}

Status Store::each_record(const std::function<Status(const RecordRow&)>& visit) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, stream, type, state, origin FROM whole_record ORDER BY id, stream"));
    const Statement::Use use(*query);
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) return ok();
        DOORSTEP_TRY_ASSIGN(const RecordRow row, read_record_row(*query));
        DOORSTEP_TRY(visit(row));
    }
}

}  // namespace doorstep
