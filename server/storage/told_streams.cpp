#include "server/storage/told_streams.hpp"

namespace doorstep::server {

Status ToldStreams::migrate(Database& db) {
    return db.execute(
        "CREATE TABLE IF NOT EXISTS told_stream (stream INTEGER PRIMARY KEY, position INTEGER NOT NULL);");
}

Result<std::vector<StreamHead>> ToldStreams::untold(std::size_t streams_max) {
    std::vector<StreamHead> out;
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        store_.database().statement("SELECT no, position FROM stream LEFT JOIN (SELECT stream, position AS told FROM "
                                    "told_stream) ON stream = no WHERE position <> ifnull(told, 0) ORDER BY no"));
    const Statement::Use use(*query);
    while (out.size() < streams_max) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) break;
        DOORSTEP_TRY_ASSIGN(const Stream stream, store_.stream_of(static_cast<StreamNo>(query->integer_at(0))));
        if (stream.compartment.kind != Compartment::Kind::open) continue;
        StreamHead head;
        head.stream = stream;
        head.position = static_cast<std::uint64_t>(query->integer_at(1));
        out.push_back(std::move(head));
    }
    return out;
}

Status ToldStreams::mark(const std::vector<StreamHead>& heads) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    for (const StreamHead& head : heads) {
        DOORSTEP_TRY_ASSIGN(const StreamNo no, store_.stream_no(head.stream));
        DOORSTEP_TRY_ASSIGN(Statement * insert,
                            store_.database().statement("INSERT OR REPLACE INTO told_stream VALUES (?1, ?2)"));
        DOORSTEP_TRY(insert->integer(1, no).integer(2, static_cast<std::int64_t>(head.position)).run());
    }
    return transaction.commit();
}

}  // namespace doorstep::server
