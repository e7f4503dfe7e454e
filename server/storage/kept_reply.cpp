#include "server/storage/kept_reply.hpp"

namespace doorstep::server {
namespace {

std::int64_t oldest(std::uint64_t now_ms) {
    return static_cast<std::int64_t>(now_ms > kept_reply_ms ? now_ms - kept_reply_ms : 0);
}

}  // namespace

Status KeptReplies::migrate(Database& db) {
    return db.execute(R"sql(
    CREATE TABLE IF NOT EXISTS kept_reply (key_hash BLOB PRIMARY KEY, request_hash BLOB NOT NULL,
        status INTEGER NOT NULL, body TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS kept_reply_age ON kept_reply (at_ms);
    )sql");
}

Result<std::optional<KeptReply>> KeptReplies::find(const Hash& key, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT request_hash, status, body FROM kept_reply "
                                                         "WHERE key_hash = ?1 AND at_ms >= ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, key.view()).integer(2, oldest(now_ms)).step());
    if (!row) return std::optional<KeptReply>();
    KeptReply out;
    DOORSTEP_TRY_ASSIGN(out.request, Hash::from(query->blob_at(0)));
    out.status = static_cast<int>(query->integer_at(1));
    out.body = std::string(query->blob_at(2));
    return std::optional<KeptReply>(std::move(out));
}

Status KeptReplies::add(const Hash& key, const KeptReply& reply, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * forget, db_.statement("DELETE FROM kept_reply WHERE at_ms < ?1"));
    DOORSTEP_TRY(forget->integer(1, oldest(now_ms)).run());
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO kept_reply (key_hash, request_hash, status, body, at_ms) "
                                      "VALUES (?1, ?2, ?3, ?4, ?5)"));
    return insert->blob(1, key.view())
        .blob(2, reply.request.view())
        .integer(3, reply.status)
        .text(4, reply.body)
        .integer(5, static_cast<std::int64_t>(now_ms))
        .run();
}

}  // namespace doorstep::server
