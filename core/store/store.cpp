// Opening, meta values, and the short numbers of replicas and streams.
#include "core/store/store.hpp"

#include "core/store/migrations.hpp"

namespace doorstep {

Result<Store> Store::open(const DatabaseOptions& options) {
    DOORSTEP_TRY_ASSIGN(Database db, Database::open(options));
    DOORSTEP_TRY(migrate(db));
    return Store(std::move(db));
}

Result<Store> Store::create(const DatabaseOptions& options) {
    DatabaseOptions fresh = options;
    fresh.mode = OpenMode::create;
    // Opening an empty or missing file works, so what was there before shows in its tables, or as no database of ours.
    auto db = Database::open(fresh);
    if (!db) {
        const Errc code = db.error().code;
        const bool foreign = code == Errc::wrong_key || code == Errc::not_a_database || code == Errc::corrupt;
        return foreign ? Error{Errc::already_exists, "there is a file at this path"} : db.error();
    }
    DOORSTEP_TRY_ASSIGN(const std::int64_t tables, db.value().number("SELECT count(*) FROM sqlite_master"));
    if (tables != 0) return Error{Errc::already_exists, "there is a database at this path"};
    DOORSTEP_TRY(migrate(db.value()));
    return Store(std::move(db).value());
}

Result<std::optional<Bytes>> Store::meta(std::string_view key) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT value FROM meta WHERE key = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->text(1, key).step());
    if (!row) return std::optional<Bytes>();
    return std::optional<Bytes>(query->blob_at(0));
}

Status Store::set_meta(std::string_view key, BytesView value) {
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    return insert->text(1, key).blob(2, value).run();
}

Result<std::optional<ReplicaNo>> Store::known_replica(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT no FROM replica WHERE id = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, replica.view()).step());
    if (!row) return std::optional<ReplicaNo>();
    return std::optional<ReplicaNo>(query->integer_at(0));
}

Result<ReplicaNo> Store::replica_no(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(const std::optional<ReplicaNo> known, known_replica(replica));
    if (known) return *known;
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO replica (id) VALUES (?1)"));
    DOORSTEP_TRY(insert->blob(1, replica.view()).run());
    return db_.number("SELECT last_insert_rowid()");
}

Status Store::mark_own(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(const ReplicaNo no, replica_no(replica));
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE replica SET own = (no = ?1)"));
    return update->integer(1, no).run();
}

Result<ReplicaId> Store::replica_of(ReplicaNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT id FROM replica WHERE no = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, no).step());
    if (!row) return Error{Errc::corrupt, "a row names a replica that the file does not have"};
    return ReplicaId::from(query->blob_at(0));
}

Result<StreamNo> Store::stream_no(const Stream& stream) {
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, stream_mark(stream));
    return mark.no;
}

}  // namespace doorstep
