// What other phones brought back of a replica: up to where its own commits are whole, which of them gave their dot
// away, and commits that nobody proved.
#include "core/store/commit_row.hpp"
#include "core/store/displaced.hpp"
#include "core/store/dots.hpp"
#include "core/store/store.hpp"

namespace doorstep {

Result<ChainTop> Store::whole_top(const ReplicaId& replica) {
    std::optional<std::uint64_t> whole;
    {
        DOORSTEP_TRY_ASSIGN(Statement * query,
                            db_.statement("SELECT whole FROM replica WHERE id = ?1 AND whole IS NOT NULL"));
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, replica.view()).step());
        if (row) whole = static_cast<std::uint64_t>(query->integer_at(0));
    }
    if (!whole) return chain_top(replica);
    if (*whole == 0) return ChainTop{};
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, find_row({replica, *whole}));
    if (!row) return Error{Errc::corrupt, "a replica's last whole commit is gone"};
    return ChainTop{*whole, row->hash};
}

Status Store::set_whole(const ReplicaId& replica, std::optional<std::uint64_t> seq) {
    DOORSTEP_TRY_ASSIGN(const ReplicaNo no, replica_no(replica));
    if (!seq) {
        DOORSTEP_TRY_ASSIGN(Statement * clear, db_.statement("UPDATE replica SET whole = NULL WHERE no = ?1"));
        return clear->integer(1, no).run();
    }
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE replica SET whole = ?2 WHERE no = ?1"));
    return update->integer(1, no).integer(2, static_cast<std::int64_t>(*seq)).run();
}

Status Store::remove_commit(CommitNo no) {
    DOORSTEP_TRY(remove_dot(db_, no));
    DOORSTEP_TRY(DisplacedTable(db_).forget(no));
    DOORSTEP_TRY(take_from_archive(no));
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM commits WHERE no = ?1"));
    return remove->integer(1, no).run();
}

Result<std::optional<Dot>> Store::dot_of(const Hash& hash) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, seq FROM commits JOIN replica ON replica.no = commits.replica "
                                      "WHERE hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, hash.view()).step());
    if (!row) return std::optional<Dot>();
    DOORSTEP_TRY_ASSIGN(const ReplicaId replica, ReplicaId::from(query->blob_at(0)));
    return std::optional<Dot>(Dot{replica, static_cast<std::uint64_t>(query->integer_at(1))});
}

Status Store::keep_unproved(StreamNo stream, const Commit& commit, const Hash& hash) {
    const Dot& dot = commit.header.dot;
    DOORSTEP_TRY_ASSIGN(const ReplicaNo replica, replica_no(dot.replica));
    Bytes body;
    Writer out(body);
    write_commit(out, commit, {&dot.replica, dot.seq, nullptr});
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO unproved (replica, seq, hash, stream, body) "
                                      "VALUES (?1, ?2, ?3, ?4, ?5)"));
    return insert->integer(1, replica)
        .integer(2, static_cast<std::int64_t>(dot.seq))
        .blob(3, hash.view())
        .integer(4, stream)
        .blob(5, body)
        .run();
}

Result<bool> Store::is_unproved(StreamNo stream, const Dot& dot, const HashHead& hash) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT 1 FROM unproved WHERE replica = (SELECT no FROM replica WHERE id = ?1) "
                                      "AND seq = ?2 AND substr(hash, 1, 16) = ?3 AND stream = ?4"));
    const Statement::Use use(*query);
    return query->blob(1, dot.replica.view())
        .integer(2, static_cast<std::int64_t>(dot.seq))
        .blob(3, hash.view())
        .integer(4, stream)
        .step();
}

Status Store::forget_unproved(const Dot& dot, const Hash& hash, std::optional<StreamNo> stream) {
    DOORSTEP_TRY_ASSIGN(Statement * remove,
                        db_.statement("DELETE FROM unproved WHERE replica = (SELECT no FROM replica WHERE id = ?1) "
                                      "AND seq = ?2 AND hash = ?3 AND stream = coalesce(?4, stream)"));
    remove->blob(1, dot.replica.view()).integer(2, static_cast<std::int64_t>(dot.seq)).blob(3, hash.view());
    if (stream) remove->integer(4, *stream);
    return remove->run();
}

Result<std::vector<UnprovedCommit>> Store::unproved(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT id, seq, key, body FROM unproved JOIN replica ON replica.no = unproved.replica "
                      "JOIN stream ON stream.no = unproved.stream ORDER BY unproved.replica, seq LIMIT ?1"));
    const Statement::Use use(*query);
    query->integer(1, static_cast<std::int64_t>(rows_max));
    std::vector<UnprovedCommit> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(const ReplicaId replica, ReplicaId::from(query->blob_at(0)));
        UnprovedCommit found;
        Reader key(query->blob_at(2));
        found.stream = Stream::read_key(key);
        if (!key.finish("stream")) return Error{Errc::corrupt, "a stream's row is damaged"};
        DOORSTEP_TRY_ASSIGN(
            found.commit,
            read_stored_commit({replica, static_cast<std::uint64_t>(query->integer_at(1))}, query->blob_at(3)));
        out.push_back(std::move(found));
    }
}

}  // namespace doorstep
