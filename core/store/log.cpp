// The log of commits.
#include "core/store/commit_row.hpp"
#include "core/store/displaced.hpp"
#include "core/store/dots.hpp"
#include "core/store/store.hpp"

namespace doorstep {

Result<Commit> read_stored_commit(const Dot& dot, BytesView body) {
    Reader in(body);
    auto commit = read_commit(in, {&dot.replica, dot.seq, nullptr});
    if (!commit || !in.at_end()) return Error{Errc::corrupt, "a stored commit cannot be read"};
    return commit;
}

Result<std::optional<Commit>> Store::find_commit(const Dot& dot) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT body, no FROM commits WHERE no = (SELECT commit_no FROM every_dot WHERE replica = "
                      "(SELECT no FROM replica WHERE id = ?1) AND seq = ?2)"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row,
                        query->blob(1, dot.replica.view()).integer(2, static_cast<std::int64_t>(dot.seq)).step());
    if (!row) return std::optional<Commit>();
    DOORSTEP_TRY_ASSIGN(Commit commit, whole_commit(query->integer_at(1), dot, query->blob_at(0)));
    return std::optional<Commit>(std::move(commit));
}

Result<std::optional<CommitRow>> Store::find_row(const Dot& dot) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT no, hash FROM commits WHERE no = (SELECT commit_no FROM every_dot WHERE replica = "
                      "(SELECT no FROM replica WHERE id = ?1) AND seq = ?2)"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row,
                        query->blob(1, dot.replica.view()).integer(2, static_cast<std::int64_t>(dot.seq)).step());
    if (!row) return std::optional<CommitRow>();
    CommitRow out;
    out.no = query->integer_at(0);
    DOORSTEP_TRY_ASSIGN(out.hash, Hash::from(query->blob_at(1)));
    return std::optional<CommitRow>(out);
}

Result<CommitNo> Store::add_commit(ReplicaNo replica, const Commit& commit, const Hash& hash) {
    const Dot& dot = commit.header.dot;
    body_.clear();
    Writer out(body_);
    write_commit(out, commit, {&dot.replica, dot.seq, nullptr});
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT INTO commits (replica, seq, hash, body) VALUES (?1, ?2, ?3, ?4)"));
    DOORSTEP_TRY(insert->integer(1, replica)
                     .integer(2, static_cast<std::int64_t>(dot.seq))
                     .blob(3, hash.view())
                     .blob(4, body_)
                     .run());
    const CommitNo no = db_.last_row();
    DOORSTEP_TRY(add_dot(db_, replica, dot.seq, no));
    return no;
}

Status Store::write_body(CommitNo no, const Commit& commit) {
    const Dot& dot = commit.header.dot;
    Bytes body;
    Writer out(body);
    write_commit(out, commit, {&dot.replica, dot.seq, nullptr});
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE commits SET body = ?2 WHERE no = ?1"));
    return update->integer(1, no).blob(2, body).run();
}

Status Store::replace_commit(CommitNo no, const Commit& commit) {
    DOORSTEP_TRY(take_from_archive(no));
    return write_body(no, commit);
}

Status Store::rename_commit(CommitNo no, ReplicaNo replica, const Commit& commit, const Hash& hash) {
    DOORSTEP_TRY(remove_dot(db_, no));
    DOORSTEP_TRY(DisplacedTable(db_).forget(no));  // what attested it attested another dot
    DOORSTEP_TRY_ASSIGN(Statement * update,
                        db_.statement("UPDATE commits SET replica = ?2, seq = ?3, hash = ?4 WHERE no = ?1"));
    DOORSTEP_TRY(update->integer(1, no)
                     .integer(2, replica)
                     .integer(3, static_cast<std::int64_t>(commit.header.dot.seq))
                     .blob(4, hash.view())
                     .run());
    DOORSTEP_TRY(add_dot(db_, replica, commit.header.dot.seq, no));
    return replace_commit(no, commit);
}

Result<ChainTop> Store::chain_top(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(const std::optional<ReplicaNo> no, known_replica(replica));
    return no ? chain_top(*no) : ChainTop{};
}

Result<ChainTop> Store::chain_top(ReplicaNo replica) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT seq, (SELECT hash FROM commits WHERE no = commit_no) FROM every_dot "
                                      "WHERE replica = ?1 ORDER BY seq DESC LIMIT 1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, replica).step());
    if (!row) return ChainTop{};
    DOORSTEP_TRY_ASSIGN(const Hash hash, Hash::from(query->blob_at(1)));
    return ChainTop{static_cast<std::uint64_t>(query->integer_at(0)), hash};
}

Result<std::vector<Commit>> Store::commits_after(const ReplicaId& replica, std::uint64_t after_seq,
                                                 std::size_t bytes_max) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT seq, (SELECT body FROM commits WHERE no = commit_no), commit_no FROM every_dot "
                      "WHERE replica = (SELECT no FROM replica WHERE id = ?1) AND seq > ?2 ORDER BY seq"));
    const Statement::Use use(*query);
    query->blob(1, replica.view()).integer(2, static_cast<std::int64_t>(after_seq));
    std::vector<Commit> out;
    std::size_t bytes = 0;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        const BytesView body = query->blob_at(1);
        bytes += body.size();
        if (!out.empty() && bytes > bytes_max) return out;
        const Dot dot{replica, static_cast<std::uint64_t>(query->integer_at(0))};
        DOORSTEP_TRY_ASSIGN(Commit commit, whole_commit(query->integer_at(2), dot, body));
        out.push_back(std::move(commit));
    }
}

Status Store::each_commit(const std::function<Status(const Commit&, const Hash&)>& visit) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT (SELECT id FROM replica WHERE no = every_dot.replica), seq, "
                                      "(SELECT hash FROM commits WHERE no = commit_no), (SELECT body FROM commits "
                                      "WHERE no = commit_no), commit_no "
                                      "FROM every_dot ORDER BY replica, seq"));
    const Statement::Use use(*query);
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return ok();
        DOORSTEP_TRY_ASSIGN(const ReplicaId replica, ReplicaId::from(query->blob_at(0)));
        DOORSTEP_TRY_ASSIGN(const Hash hash, Hash::from(query->blob_at(2)));
        const Dot dot{replica, static_cast<std::uint64_t>(query->integer_at(1))};
        DOORSTEP_TRY_ASSIGN(const Commit commit, whole_commit(query->integer_at(4), dot, query->blob_at(3)));
        DOORSTEP_TRY(visit(commit, hash));
    }
}

}  // namespace doorstep
