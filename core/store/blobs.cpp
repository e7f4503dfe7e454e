#include "core/store/blobs.hpp"

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"

namespace doorstep {

Result<std::vector<BlobRow>> BlobTable::rows(Statement& query) {
    std::vector<BlobRow> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query.step());
        if (!more) return out;
        BlobRow row;
        row.no = query.integer_at(0);
        if (!query.is_null_at(1)) {
            DOORSTEP_TRY_ASSIGN(row.hash, Hash::from(query.blob_at(1)));
        }
        row.size = static_cast<std::uint64_t>(query.integer_at(2));
        row.have = static_cast<std::uint64_t>(query.integer_at(3));
        row.state = query.integer_at(4) == 1 ? BlobRow::State::whole : BlobRow::State::partial;
        out.push_back(row);
    }
}

Result<std::optional<BlobRow>> BlobTable::find(const Hash& hash) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT no, hash, size, have, whole FROM blob WHERE hash = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> found, rows(query->blob(1, hash.view())));
    return found.empty() ? std::optional<BlobRow>() : std::optional<BlobRow>(found.front());
}

Result<std::optional<BlobRow>> BlobTable::find(BlobNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT no, hash, size, have, whole FROM blob WHERE no = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> found, rows(query->integer(1, no)));
    return found.empty() ? std::optional<BlobRow>() : std::optional<BlobRow>(found.front());
}

Result<BlobNo> BlobTable::add_nameless() {
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO blob (size) VALUES (0)"));
    DOORSTEP_TRY(insert->run());
    return db_.last_row();
}

Status BlobTable::want(const Hash& hash, std::uint64_t size) {
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT OR IGNORE INTO blob (hash, size) VALUES (?1, ?2)"));
    return insert->blob(1, hash.view()).integer(2, static_cast<std::int64_t>(size)).run();
}

Status BlobTable::append(BlobRow& row, BytesView chunk) {
    const Hash hash = sha256(chunk);
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO chunk (hash, refs, body) VALUES (?1, 1, ?2) "
                                                          "ON CONFLICT (hash) DO UPDATE SET refs = refs + 1"));
    DOORSTEP_TRY(insert->blob(1, hash.view()).blob(2, chunk).run());
    DOORSTEP_TRY_ASSIGN(Statement * link, db_.statement("INSERT INTO blob_chunk (blob, n, chunk) VALUES "
                                                        "(?1, ?2, (SELECT no FROM chunk WHERE hash = ?3))"));
    const auto n = static_cast<std::int64_t>(row.have / limits::chunk_bytes);
    DOORSTEP_TRY(link->integer(1, row.no).integer(2, n).blob(3, hash.view()).run());
    row.have += chunk.size();
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE blob SET have = ?2 WHERE no = ?1"));
    return update->integer(1, row.no).integer(2, static_cast<std::int64_t>(row.have)).run();
}

Result<Bytes> BlobTable::chunk(BlobNo no, std::uint64_t n) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT body FROM blob_chunk JOIN chunk ON chunk.no = blob_chunk.chunk "
                                      "WHERE blob = ?1 AND n = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, no).integer(2, static_cast<std::int64_t>(n)).step());
    if (!row) return Error{Errc::corrupt, "a chunk of an attachment is gone"};
    return Bytes(query->blob_at(0));
}

Status BlobTable::set_whole(BlobNo no, const Hash& hash, std::uint64_t size) {
    DOORSTEP_TRY_ASSIGN(Statement * update,
                        db_.statement("UPDATE blob SET hash = ?2, size = ?3, whole = 1 WHERE no = ?1"));
    return update->integer(1, no).blob(2, hash.view()).integer(3, static_cast<std::int64_t>(size)).run();
}

Status BlobTable::drop_chunks(BlobNo no) {
    static constexpr std::string_view steps[] = {
        "UPDATE chunk SET refs = refs - (SELECT count(*) FROM blob_chunk WHERE blob = ?1 AND chunk = chunk.no) "
        "WHERE no IN (SELECT chunk FROM blob_chunk WHERE blob = ?1)",
        "DELETE FROM chunk WHERE refs = 0 AND no IN (SELECT chunk FROM blob_chunk WHERE blob = ?1)",
        "DELETE FROM blob_chunk WHERE blob = ?1",
        "UPDATE blob SET have = 0, whole = 0 WHERE no = ?1",
    };
    for (const std::string_view sql : steps) {
        DOORSTEP_TRY_ASSIGN(Statement * step, db_.statement(sql));
        DOORSTEP_TRY(step->integer(1, no).run());
    }
    return ok();
}

Status BlobTable::remove(BlobNo no) {
    DOORSTEP_TRY(drop_chunks(no));
    DOORSTEP_TRY_ASSIGN(Statement * unname, db_.statement("DELETE FROM blob_stream WHERE blob = ?1"));
    DOORSTEP_TRY(unname->integer(1, no).run());
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM blob WHERE no = ?1"));
    return remove->integer(1, no).run();
}

Result<std::uint64_t> BlobTable::bytes_held() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t bytes, db_.number("SELECT coalesce(sum(have), 0) FROM blob"));
    return static_cast<std::uint64_t>(bytes);
}

Result<std::vector<BlobRow>> BlobTable::missing(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT no, hash, size, have, whole FROM blob WHERE whole = 0 AND "
                                      "hash IS NOT NULL ORDER BY size - have, no LIMIT ?1"));
    const Statement::Use use(*query);
    return rows(query->integer(1, static_cast<std::int64_t>(rows_max)));
}

Result<std::vector<BlobRow>> BlobTable::unsent(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT no, hash, size, have, whole FROM blob WHERE whole = 1 "
                                                         "AND sent = 0 ORDER BY size, no LIMIT ?1"));
    const Statement::Use use(*query);
    return rows(query->integer(1, static_cast<std::int64_t>(rows_max)));
}

Status BlobTable::set_sent(BlobNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE blob SET sent = 1 WHERE no = ?1"));
    return update->integer(1, no).run();
}

Status BlobTable::forget_sent() {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE blob SET sent = 0 WHERE sent = 1"));
    return update->run();
}

Status BlobTable::note_stream(const Hash& hash, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO blob_stream (blob, stream) SELECT no, ?2 FROM blob WHERE hash = ?1 "
                                      "ON CONFLICT DO NOTHING"));
    return insert->blob(1, hash.view()).integer(2, stream).run();
}

Result<std::vector<StreamNo>> BlobTable::streams_of(BlobNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT stream FROM blob_stream WHERE blob = ?1"));
    const Statement::Use use(*query);
    query->integer(1, no);
    std::vector<StreamNo> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.push_back(query->integer_at(0));
    }
}

Status BlobTable::forget_stream(BlobNo no, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * unname, db_.statement("DELETE FROM blob_stream WHERE blob = ?1 AND stream = ?2"));
    return unname->integer(1, no).integer(2, stream).run();
}

Status BlobTable::copy_to(BlobTable& other, const BlobRow& row) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        other.db_.statement("INSERT INTO blob (no, hash, size) VALUES (?1, ?2, ?3)"));
    insert->integer(1, row.no);
    if (row.hash) insert->blob(2, row.hash->view());
    DOORSTEP_TRY(insert->integer(3, static_cast<std::int64_t>(row.size)).run());
    BlobRow copy = row;
    copy.have = 0;
    while (copy.have < row.have) {
        DOORSTEP_TRY_ASSIGN(const Bytes bytes, chunk(row.no, copy.have / limits::chunk_bytes));
        DOORSTEP_TRY(other.append(copy, bytes));
    }
    if (row.state == BlobRow::State::whole) DOORSTEP_TRY(other.set_whole(row.no, *row.hash, row.size));
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT sent FROM blob WHERE no = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool found, query->integer(1, row.no).step());
    return found && query->integer_at(0) == 1 ? other.set_sent(row.no) : ok();
}

Result<std::vector<BlobRow>> BlobTable::all() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT no, hash, size, have, whole FROM blob ORDER BY no"));
    const Statement::Use use(*query);
    return rows(*query);
}

}  // namespace doorstep
