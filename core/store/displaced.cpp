#include "core/store/displaced.hpp"

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

std::int64_t stored(std::uint64_t number) { return static_cast<std::int64_t>(number); }

Result<DisplacedCommit> read_displaced(const Statement& query) {
    DisplacedCommit out;
    out.no = query.integer_at(0);
    DOORSTEP_TRY_ASSIGN(out.dot_here.replica, ReplicaId::from(query.blob_at(1)));
    out.dot_here.seq = static_cast<std::uint64_t>(query.integer_at(2));
    if (!query.is_null_at(4)) {
        Reader in(query.blob_at(4));
        auto original = read_commit(in, {});
        if (!original || !in.at_end()) return Error{Errc::corrupt, "what a copy stands for cannot be read"};
        out.dot = original.value().header.dot;
        out.hash = original.value().header.hash();
        out.original = std::move(original).value();
        return out;
    }
    out.dot = out.dot_here;
    DOORSTEP_TRY_ASSIGN(out.hash, Hash::from(query.blob_at(3)));
    return out;
}

/// Every row that is left of the query.
Result<std::vector<DisplacedCommit>> read_all_displaced(Statement& query) {
    std::vector<DisplacedCommit> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query.step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(DisplacedCommit commit, read_displaced(query));
        out.push_back(std::move(commit));
    }
}

/// The run that attested what is kept; run_unattested also when nothing is kept.
Result<std::int64_t> run_number(Database& db, StreamNo stream, CommitNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db.statement("SELECT run FROM displaced WHERE stream = ?1 AND commit_no = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, stream).integer(2, no).step());
    return row ? query->integer_at(0) : run_unattested;
}

}  // namespace

Status keep_displaced(Store& store, StreamNo stream, std::uint64_t after, std::uint64_t until) {
    DisplacedTable table(store.database());
    for (std::uint64_t from = after;;) {
        DOORSTEP_TRY_ASSIGN(const auto receipt, store.receipt_from(stream, from + 1));
        FormerRun run;
        run.after = receipt ? from - from % limits::receipt_stride : from;
        const std::uint64_t end = receipt ? receipt->position : until;
        if (run.after >= end) break;
        std::vector<CommitNo> kept;
        const auto visit = [&](const PlacedDot& placed) -> Result<Store::Visit> {
            if (placed.position > end) return Store::Visit::stop;
            run.hashes.push_back(placed.hash);
            if (placed.position > from) kept.push_back(placed.commit_no);
            return Store::Visit::go_on;
        };
        DOORSTEP_TRY(store.placed_after(stream, run.after, visit));
        std::int64_t no = run_unattested;
        if (receipt && run.hashes.size() == end - run.after && run.hashes.size() <= limits::bring_entries_max) {
            run.tag = receipt->tag;
            DOORSTEP_TRY_ASSIGN(run.base, store.chain_at(stream, run.after));
            DOORSTEP_TRY_ASSIGN(no, table.add_run(stream, run));
        }
        for (const CommitNo commit : kept) DOORSTEP_TRY(table.add(stream, {commit, no, {}}));
        if (!receipt) break;
        from = end;
    }
    DOORSTEP_TRY_ASSIGN(Statement * remove,
                        store.database().statement("DELETE FROM receipt WHERE stream = ?1 AND position > ?2"));
    return remove->integer(1, stream).integer(2, stored(after)).run();
}

Status DisplacedTable::settle(StreamNo stream, std::uint64_t after) {
    DOORSTEP_TRY_ASSIGN(Statement * placed,
                        db_->statement("DELETE FROM displaced WHERE stream = ?1 AND run = -1 AND commit_no IN (SELECT "
                                       "commit_no FROM sequence WHERE stream = ?1 AND position > ?2)"));
    DOORSTEP_TRY(placed->integer(1, stream).integer(2, stored(after)).run());
    {
        DOORSTEP_TRY_ASSIGN(Statement * query,
                            db_->statement("SELECT 1 FROM displaced WHERE stream = ?1 AND run >= 0 "
                                           "UNION ALL SELECT 1 FROM former_run WHERE stream = ?1 LIMIT 1"));
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool any, query->integer(1, stream).step());
        if (!any) return ok();
    }
    static_assert(2 * limits::receipt_stride <= limits::bring_entries_max,
                  "a run to a receipt that is near fits BRING");
    DOORSTEP_TRY_ASSIGN(
        Statement * attested,
        db_->statement("DELETE FROM displaced WHERE stream = ?1 AND run > 0 AND commit_no IN (SELECT commit_no "
                       "FROM sequence WHERE stream = ?1 AND (SELECT min(position) FROM receipt WHERE stream = ?1 AND "
                       "position >= sequence.position) <= sequence.position + ?2)"));
    DOORSTEP_TRY(attested->integer(1, stream).integer(2, stored(limits::receipt_stride)).run());
    for (const std::string_view sql :
         {"DELETE FROM displaced WHERE stream = ?1 AND run = 0 AND commit_no IN (SELECT commit_no FROM sequence WHERE "
          "stream = ?1)",
          "DELETE FROM former_run WHERE stream = ?1 AND no NOT IN (SELECT run FROM displaced WHERE stream = ?1)"}) {
        DOORSTEP_TRY_ASSIGN(Statement * remove, db_->statement(sql));
        DOORSTEP_TRY(remove->integer(1, stream).run());
    }
    return ok();
}

Result<std::vector<StreamNo>> DisplacedTable::streams() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT DISTINCT stream FROM displaced ORDER BY stream"));
    const Statement::Use use(*query);
    std::vector<StreamNo> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.push_back(query->integer_at(0));
    }
}

Result<std::vector<DisplacedCommit>> DisplacedTable::without_place(StreamNo stream, const ReplicaId& own,
                                                                   CommitNo after, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_->statement(
            "SELECT commit_no, id, seq, hash, original FROM displaced JOIN commits ON commits.no = commit_no "
            "JOIN replica ON replica.no = commits.replica WHERE stream = ?1 AND id <> ?2 AND commit_no > ?3 "
            "AND commit_no NOT IN (SELECT commit_no FROM sequence WHERE stream = ?1) "
            "ORDER BY commit_no LIMIT ?4"));
    const Statement::Use use(*query);
    query->integer(1, stream).blob(2, own.view()).integer(3, after).integer(4, stored(rows_max));
    return read_all_displaced(*query);
}

Result<std::vector<DisplacedCommit>> DisplacedTable::copies_without_place(StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_->statement("SELECT commit_no, id, seq, hash, original FROM displaced JOIN commits ON commits.no = "
                       "commit_no JOIN replica ON replica.no = commits.replica WHERE stream = ?1 AND original NOT NULL "
                       "AND commit_no NOT IN (SELECT commit_no FROM sequence WHERE stream = ?1) ORDER BY commit_no"));
    const Statement::Use use(*query);
    query->integer(1, stream);
    return read_all_displaced(*query);
}

Result<std::optional<DisplacedCommit>> DisplacedTable::find(StreamNo stream, CommitNo no) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_->statement(
            "SELECT commit_no, id, seq, hash, original FROM displaced JOIN commits ON commits.no = commit_no "
            "JOIN replica ON replica.no = commits.replica WHERE stream = ?1 AND commit_no = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, stream).integer(2, no).step());
    if (!row) return std::optional<DisplacedCommit>();
    DOORSTEP_TRY_ASSIGN(DisplacedCommit commit, read_displaced(*query));
    return std::optional(std::move(commit));
}

Result<std::optional<FormerRun>> DisplacedTable::run_of(StreamNo stream, CommitNo no) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t number, run_number(*db_, stream, no));
    return number > 0 ? run(number) : std::optional<FormerRun>();
}

Status DisplacedTable::hand_on(StreamNo stream, CommitNo no, CommitNo copy, const Commit& original) {
    Row row{copy, 0, {}};
    DOORSTEP_TRY_ASSIGN(row.run, run_number(*db_, stream, no));
    Writer out(row.original);
    write_commit(out, original, {});
    return add(stream, row);
}

Status DisplacedTable::forget(StreamNo stream, CommitNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * remove,
                        db_->statement("DELETE FROM displaced WHERE stream = ?1 AND commit_no = ?2"));
    return remove->integer(1, stream).integer(2, no).run();
}

Status DisplacedTable::forget(CommitNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_->statement("DELETE FROM displaced WHERE commit_no = ?1"));
    return remove->integer(1, no).run();
}

Result<std::uint64_t> DisplacedTable::wrong() {
    DOORSTEP_TRY_ASSIGN(
        const std::int64_t found,
        db_->number("SELECT count(*) FROM displaced WHERE NOT EXISTS (SELECT 1 FROM commits WHERE no = commit_no) "
                    "OR (run > 0 AND NOT EXISTS (SELECT 1 FROM former_run WHERE no = run))"));
    return static_cast<std::uint64_t>(found);
}

Result<std::vector<DisplacedTable::Row>> DisplacedTable::rows(StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT commit_no, run, original FROM displaced "
                                                          "WHERE stream = ?1 ORDER BY commit_no"));
    const Statement::Use use(*query);
    query->integer(1, stream);
    std::vector<Row> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.push_back({query->integer_at(0), query->integer_at(1), Bytes(query->blob_at(2))});
    }
}

/// What attests a commit is not given up for a place that nothing attests.
Status DisplacedTable::add(StreamNo stream, const Row& row) {
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_->statement("INSERT INTO displaced (stream, commit_no, run, original) VALUES (?1, ?2, ?3, ?4) "
                       "ON CONFLICT (stream, commit_no) DO UPDATE SET run = ?3, original = ?4 WHERE ?3 > 0"));
    insert->integer(1, stream).integer(2, row.no).integer(3, row.run);
    if (!row.original.empty()) insert->blob(4, row.original);
    return insert->run();
}

Result<std::optional<FormerRun>> DisplacedTable::run(std::int64_t no) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT after, base, tag, hashes FROM former_run WHERE no = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, no).step());
    if (!row) return std::optional<FormerRun>();
    FormerRun run;
    run.after = static_cast<std::uint64_t>(query->integer_at(0));
    DOORSTEP_TRY_ASSIGN(run.base, Hash::from(query->blob_at(1)));
    DOORSTEP_TRY_ASSIGN(run.tag, Hash::from(query->blob_at(2)));
    const BytesView hashes = query->blob_at(3);
    for (std::size_t at = 0; at < hashes.size(); at += Hash::size) {
        DOORSTEP_TRY_ASSIGN(const Hash hash, Hash::from(hashes.substr(at, Hash::size)));
        run.hashes.push_back(hash);
    }
    return std::optional(std::move(run));
}

Result<std::int64_t> DisplacedTable::add_run(StreamNo stream, const FormerRun& run) {
    Bytes hashes;
    Writer out(hashes);
    for (const Hash& hash : run.hashes) out.fixed(hash);
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_->statement("INSERT INTO former_run (stream, after, base, tag, hashes) VALUES (?1, ?2, ?3, ?4, ?5)"));
    DOORSTEP_TRY(insert->integer(1, stream)
                     .integer(2, stored(run.after))
                     .blob(3, run.base.view())
                     .blob(4, run.tag.view())
                     .blob(5, hashes)
                     .run());
    return db_->last_row();
}

}  // namespace doorstep
