// Streams, and the sequence of each.
#include "core/store/commit_row.hpp"
#include "core/store/store.hpp"

namespace doorstep {
namespace {

Bytes packed(const Digest& digest) {
    Bytes bytes;
    Writer out(bytes);
    digest.encode(out);
    return bytes;
}

/// The row under a query of no, key, position, digest, chain, backed_up, states, parts.
Result<StreamMark> read_mark(const Statement& query) {
    StreamMark mark;
    mark.no = query.integer_at(0);
    Reader key(query.blob_at(1)), digest(query.blob_at(3)), states(query.blob_at(6));
    mark.head.stream = Stream::read_key(key);
    mark.head.position = static_cast<std::uint64_t>(query.integer_at(2));
    mark.head.digest = Digest::decode(digest);
    mark.backed_up = static_cast<std::uint64_t>(query.integer_at(5));
    DOORSTEP_TRY_ASSIGN(mark.chain, Hash::from(query.blob_at(4)));
    mark.states = {Digest::decode(states), static_cast<std::uint64_t>(query.integer_at(7))};
    if (!key.finish("stream") || !digest.finish("digest") || !states.finish("digest of states"))
        return Error{Errc::corrupt, "a stream's row is damaged"};
    return mark;
}

}  // namespace

Result<std::vector<StreamMark>> Store::streams() {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT no, key, position, digest, chain, backed_up, states, parts FROM stream "
                                      "ORDER BY key"));
    const Statement::Use use(*query);
    std::vector<StreamMark> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(StreamMark mark, read_mark(*query));
        out.push_back(std::move(mark));
    }
}

Status Store::add_streams(const KeyRange& keys, std::vector<StreamMark>& out) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT no, key, position, digest, chain, backed_up, states, parts FROM stream "
                                      "WHERE key >= ?1 AND key < ?2 ORDER BY key"));
    const Statement::Use use(*query);
    query->blob(1, keys.first).blob(2, keys.end);
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return ok();
        DOORSTEP_TRY_ASSIGN(StreamMark mark, read_mark(*query));
        out.push_back(std::move(mark));
    }
}

Result<StreamMark> Store::stream_mark(const Stream& stream) {
    const Bytes key = stream.key();
    {
        DOORSTEP_TRY_ASSIGN(
            Statement * query,
            db_.statement("SELECT no, key, position, digest, chain, backed_up, states, parts FROM stream "
                          "WHERE key = ?1"));
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, key).step());
        if (row) return read_mark(*query);
    }
    const Bytes empty = packed(Digest{});
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO stream (key, position, digest, chain) VALUES (?1, 0, ?2, ?3)"));
    const Hash start;
    DOORSTEP_TRY(insert->blob(1, key).blob(2, empty).blob(3, start.view()).run());
    StreamMark mark;
    mark.head.stream = stream;
    DOORSTEP_TRY_ASSIGN(mark.no, db_.number("SELECT last_insert_rowid()"));
    return mark;
}

Result<Stream> Store::stream_of(StreamNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT no, key, position, digest, chain, backed_up, states, parts FROM stream "
                                      "WHERE no = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, no).step());
    if (!row) return Error{Errc::corrupt, "a row names a stream that the file does not have"};
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, read_mark(*query));
    return mark.head.stream;
}

Status Store::set_stream_mark(const StreamMark& mark) {
    const Bytes digest = packed(mark.head.digest);
    DOORSTEP_TRY_ASSIGN(Statement * update,
                        db_.statement("UPDATE stream SET position = ?2, digest = ?3, chain = ?4 WHERE no = ?1"));
    return update->integer(1, mark.no)
        .integer(2, static_cast<std::int64_t>(mark.head.position))
        .blob(3, digest)
        .blob(4, mark.chain.view())
        .run();
}

Status Store::set_stream_states(StreamNo stream, const StreamStates& states) {
    const Bytes digest = packed(states.digest);
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE stream SET states = ?2, parts = ?3 WHERE no = ?1"));
    return update->integer(1, stream).blob(2, digest).integer(3, static_cast<std::int64_t>(states.parts)).run();
}

Status Store::append_entry(StreamNo stream, std::uint64_t position, CommitNo commit_no, const Digest& digest_there) {
    const Bytes digest = packed(digest_there);
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT INTO sequence (stream, position, commit_no, digest) VALUES (?1, ?2, ?3, ?4)"));
    return insert->integer(1, stream)
        .integer(2, static_cast<std::int64_t>(position))
        .integer(3, commit_no)
        .blob(4, digest)
        .run();
}

Status Store::entries_after(StreamNo stream, std::uint64_t position,
                            const std::function<Result<Visit>(SequenceEntry)>& visit, Reading reading) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT position, commit_no, id, seq, body FROM sequence JOIN commits ON commits.no = commit_no "
                      "JOIN replica ON replica.no = commits.replica WHERE stream = ?1 AND position > ?2 "
                      "ORDER BY position"));
    const Statement::Use use(*query);
    query->integer(1, stream).integer(2, static_cast<std::int64_t>(position));
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return ok();
        SequenceEntry entry;
        entry.position = static_cast<std::uint64_t>(query->integer_at(0));
        entry.commit_no = query->integer_at(1);
        DOORSTEP_TRY_ASSIGN(const ReplicaId replica, ReplicaId::from(query->blob_at(2)));
        const Dot dot{replica, static_cast<std::uint64_t>(query->integer_at(3))};
        DOORSTEP_TRY_ASSIGN(entry.commit, reading == Reading::as_it_lies
                                              ? read_stored_commit(dot, query->blob_at(4))
                                              : whole_commit(entry.commit_no, dot, query->blob_at(4)));
        DOORSTEP_TRY_ASSIGN(const Visit next, visit(std::move(entry)));
        if (next == Visit::stop) return ok();
    }
}

Status Store::start_over_streams_of(CommitNo commit_no) {
    std::vector<StreamNo> streams;
    {
        DOORSTEP_TRY_ASSIGN(Statement * query,
                            db_.statement("SELECT DISTINCT stream FROM sequence WHERE commit_no = ?1"));
        const Statement::Use use(*query);
        query->integer(1, commit_no);
        while (true) {
            DOORSTEP_TRY_ASSIGN(const bool row, query->step());
            if (!row) break;
            streams.push_back(query->integer_at(0));
        }
    }
    for (const StreamNo stream : streams) {
        DOORSTEP_TRY(forget_entries(stream));
        DOORSTEP_TRY(set_stream_mark({stream, {}, {}, 0}));
    }
    return ok();
}

Result<std::optional<Digest>> Store::digest_at(StreamNo stream, std::uint64_t position) {
    if (position == 0) return std::optional<Digest>(Digest{});
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT digest FROM sequence WHERE stream = ?1 AND position = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row,
                        query->integer(1, stream).integer(2, static_cast<std::int64_t>(position)).step());
    if (!row) return std::optional<Digest>();
    Reader in(query->blob_at(0));
    const Digest digest = Digest::decode(in);
    if (!in.finish("digest")) return Error{Errc::corrupt, "a stored digest is damaged"};
    return std::optional<Digest>(digest);
}

}  // namespace doorstep
