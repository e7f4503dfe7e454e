// Online backup, and the marks that tell phones what a backup holds.
#include "core/store/store.hpp"

namespace doorstep {
namespace {

/// How far a replica's chain or a stream's order goes.
struct Top {
    Bytes key;
    std::int64_t end = 0;
};

/// Up to where each replica's commits are whole.
Result<std::vector<Top>> tops(Database& db) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db.statement("SELECT id, coalesce(whole, (SELECT seq FROM every_dot "
                                                        "WHERE every_dot.replica = replica.no ORDER BY seq DESC "
                                                        "LIMIT 1)) FROM replica"));
    const Statement::Use use(*query);
    std::vector<Top> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.push_back({Bytes(query->blob_at(0)), query->integer_at(1)});
    }
}

Result<std::vector<Top>> heads(Database& db) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db.statement("SELECT key, position FROM stream"));
    const Statement::Use use(*query);
    std::vector<Top> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.push_back({Bytes(query->blob_at(0)), query->integer_at(1)});
    }
}

}  // namespace

Status Store::copy_archive(const std::string& path, const StorageKey& key) {
    DOORSTEP_TRY_ASSIGN(Archive * from, archive(OpenMode::existing));
    if (!from) return ok();
    DatabaseOptions options;
    options.path = path;
    options.key = key;
    DOORSTEP_TRY_ASSIGN(Database copy, Archive::open_empty(options));
    return from->database().copy_to(copy);
}

Status Store::back_up(const std::string& path, const StorageKey& key) {
    std::vector<Top> replicas, streams;
    {
        DatabaseOptions options;
        options.path = path;
        options.key = key;
        options.mode = OpenMode::create;
        DOORSTEP_TRY_ASSIGN(Database copy, Database::open(options));
        DOORSTEP_TRY_ASSIGN(const std::int64_t tables, copy.number("SELECT count(*) FROM sqlite_master"));
        if (tables != 0) return Error{Errc::already_exists, "the backup's file holds something already"};
        DOORSTEP_TRY(db_.copy_to(copy));
        DOORSTEP_TRY_ASSIGN(replicas, tops(copy));
        DOORSTEP_TRY_ASSIGN(streams, heads(copy));
        DOORSTEP_TRY(copy.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('is_backup', x'01')"));
    }
    DOORSTEP_TRY(copy_archive(path, key));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    for (const Top& top : replicas) {
        DOORSTEP_TRY_ASSIGN(Statement * update,
                            db_.statement("UPDATE replica SET backed_up = max(backed_up, ?2) WHERE id = ?1"));
        DOORSTEP_TRY(update->blob(1, top.key).integer(2, top.end).run());
    }
    for (const Top& top : streams) {
        DOORSTEP_TRY_ASSIGN(Statement * update,
                            db_.statement("UPDATE stream SET backed_up = max(backed_up, ?2) WHERE key = ?1"));
        DOORSTEP_TRY(update->blob(1, top.key).integer(2, top.end).run());
    }
    return transaction.commit();
}

Result<bool> Store::take_backup_mark() {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM meta WHERE key = 'is_backup'"));
    DOORSTEP_TRY(remove->run());
    return db_.changes() > 0;
}

Result<std::uint64_t> Store::backed_up_seq(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT backed_up FROM replica WHERE id = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, replica.view()).step());
    return row ? static_cast<std::uint64_t>(query->integer_at(0)) : std::uint64_t{0};
}

}  // namespace doorstep
