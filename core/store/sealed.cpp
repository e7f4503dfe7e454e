#include "core/store/sealed.hpp"

namespace doorstep {
namespace {

/// The row under a query of replica, from_seq, to_seq, file.
Result<SealedRun> read_run(const Statement& query) {
    SealedRun run;
    DOORSTEP_TRY_ASSIGN(run.replica, ReplicaId::from(query.blob_at(0)));
    run.from_seq = static_cast<std::uint64_t>(query.integer_at(1));
    run.to_seq = static_cast<std::uint64_t>(query.integer_at(2));
    run.file = Bytes(query.blob_at(3));
    return run;
}

}  // namespace

Status add_sealed(Store& store, const SealedRun& run) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        store.database().statement("INSERT OR REPLACE INTO sealed (replica, from_seq, to_seq, file) "
                                                   "VALUES (?1, ?2, ?3, ?4)"));
    return insert->blob(1, run.replica.view())
        .integer(2, static_cast<std::int64_t>(run.from_seq))
        .integer(3, static_cast<std::int64_t>(run.to_seq))
        .blob(4, run.file)
        .run();
}

Result<std::optional<SealedRun>> find_sealed(Store& store, const ReplicaId& replica, std::uint64_t seq) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        store.database().statement("SELECT replica, from_seq, to_seq, file FROM sealed WHERE "
                                                   "replica = ?1 AND from_seq <= ?2 AND to_seq >= ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row,
                        query->blob(1, replica.view()).integer(2, static_cast<std::int64_t>(seq)).step());
    if (!row) return std::optional<SealedRun>();
    DOORSTEP_TRY_ASSIGN(SealedRun run, read_run(*query));
    return std::optional<SealedRun>(std::move(run));
}

Status drop_sealed(Store& store, const ReplicaId& replica, std::uint64_t upto_seq) {
    DOORSTEP_TRY_ASSIGN(Statement * remove,
                        store.database().statement("DELETE FROM sealed WHERE replica = ?1 AND to_seq <= ?2"));
    return remove->blob(1, replica.view()).integer(2, static_cast<std::int64_t>(upto_seq)).run();
}

Result<std::vector<SealedRun>> sealed_runs(Store& store) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        store.database().statement("SELECT replica, from_seq, to_seq, file FROM sealed "
                                                   "ORDER BY replica, from_seq"));
    const Statement::Use use(*query);
    std::vector<SealedRun> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(SealedRun run, read_run(*query));
        out.push_back(std::move(run));
    }
}

Status note_purged(Store& store, const PurgeProof& proof) {
    const Bytes key = proof.stream.key();
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        store.database().statement("INSERT OR REPLACE INTO purged (replica, stream, told_ms) "
                                                   "SELECT ?1, no, ?3 FROM stream WHERE key = ?2"));
    return insert->blob(1, proof.replica.view())
        .blob(2, key)
        .integer(3, static_cast<std::int64_t>(proof.told_ms))
        .run();
}

Result<std::vector<PurgeProof>> purge_proofs(Store& store, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        store.database().statement("SELECT replica, key, told_ms FROM purged JOIN stream ON "
                                                   "stream.no = purged.stream ORDER BY told_ms DESC LIMIT ?1"));
    const Statement::Use use(*query);
    query->integer(1, static_cast<std::int64_t>(rows_max));
    std::vector<PurgeProof> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        PurgeProof proof;
        DOORSTEP_TRY_ASSIGN(proof.replica, ReplicaId::from(query->blob_at(0)));
        Reader key(query->blob_at(1));
        proof.stream = Stream::read_key(key);
        proof.told_ms = static_cast<std::uint64_t>(query->integer_at(2));
        if (!key.finish("stream")) return Error{Errc::corrupt, "a stream's row is damaged"};
        out.push_back(proof);
    }
}

}  // namespace doorstep
