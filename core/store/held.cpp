// The parts that the office holds: stored and acknowledged, not applied.
#include "core/store/store.hpp"

namespace doorstep {
namespace {

/// The rows under a query of id, seq, part, reason.
Result<std::vector<HeldPart>> read_rows(Statement& query) {
    std::vector<HeldPart> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query.step());
        if (!row) return out;
        HeldPart part;
        DOORSTEP_TRY_ASSIGN(part.dot.replica, ReplicaId::from(query.blob_at(0)));
        part.dot.seq = static_cast<std::uint64_t>(query.integer_at(1));
        part.part = static_cast<std::uint32_t>(query.integer_at(2));
        part.reason = error_from_number(static_cast<int>(query.integer_at(3))).value_or(Errc::internal);
        out.push_back(part);
    }
}

}  // namespace

Status Store::hold(const HeldPart& part) {
    DOORSTEP_TRY_ASSIGN(const ReplicaNo replica, replica_no(part.dot.replica));
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT OR REPLACE INTO held (replica, seq, part, reason) VALUES (?1, ?2, ?3, ?4)"));
    return insert->integer(1, replica)
        .integer(2, static_cast<std::int64_t>(part.dot.seq))
        .integer(3, part.part)
        .integer(4, static_cast<std::int64_t>(part.reason))
        .run();
}

Status Store::release(const Dot& dot, std::uint32_t part) {
    DOORSTEP_TRY_ASSIGN(const ReplicaNo replica, replica_no(dot.replica));
    DOORSTEP_TRY_ASSIGN(Statement * remove,
                        db_.statement("DELETE FROM held WHERE replica = ?1 AND seq = ?2 AND part = ?3"));
    return remove->integer(1, replica).integer(2, static_cast<std::int64_t>(dot.seq)).integer(3, part).run();
}

Result<bool> Store::is_held(const Dot& dot, std::uint32_t part) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT 1 FROM held WHERE replica = (SELECT no FROM replica WHERE id = ?1) "
                                      "AND seq = ?2 AND part = ?3"));
    const Statement::Use use(*query);
    return query->blob(1, dot.replica.view()).integer(2, static_cast<std::int64_t>(dot.seq)).integer(3, part).step();
}

Result<std::vector<HeldPart>> Store::held_of(const ReplicaId& replica, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT id, seq, part, reason FROM held JOIN replica ON replica.no = held.replica "
                      "WHERE id = ?1 ORDER BY seq, part LIMIT ?2"));
    const Statement::Use use(*query);
    return read_rows(query->blob(1, replica.view()).integer(2, static_cast<std::int64_t>(rows_max)));
}

Result<std::vector<HeldPart>> Store::held(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT id, seq, part, reason FROM held JOIN replica ON replica.no = held.replica "
                      "ORDER BY held.replica, seq, part LIMIT ?1"));
    const Statement::Use use(*query);
    return read_rows(query->integer(1, static_cast<std::int64_t>(rows_max)));
}

}  // namespace doorstep
