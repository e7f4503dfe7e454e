// Parts of commits that this file leaves to its archive: they are read from there as if they lay in the log.
#include <algorithm>

#include "core/store/commit_row.hpp"
#include "core/store/store.hpp"

namespace doorstep {

Result<Archive*> Store::archive(OpenMode mode) {
    if (!archive_) {
        auto opened = Archive::open(db_.options(), mode);
        if (!opened && opened.error().code == Errc::not_found) return nullptr;
        if (!opened) return opened.error();
        archive_.emplace(std::move(opened).value());
    }
    return &*archive_;
}

Result<std::vector<std::uint32_t>> Store::left_to_archive(CommitNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT part FROM archived WHERE commit_no = ?1"));
    const Statement::Use use(*query);
    query->integer(1, no);
    std::vector<std::uint32_t> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        out.push_back(static_cast<std::uint32_t>(query->integer_at(0)));
    }
}

Result<Commit> Store::whole_commit(CommitNo no, const Dot& dot, BytesView body) {
    DOORSTEP_TRY_ASSIGN(Commit commit, read_stored_commit(dot, body));
    const bool all_here =
        std::none_of(commit.parts.begin(), commit.parts.end(), [](const Bytes& part) { return part.empty(); });
    if (all_here) return commit;
    DOORSTEP_TRY_ASSIGN(const std::vector<std::uint32_t> left, left_to_archive(no));
    for (const std::uint32_t i : left) {
        if (i >= commit.parts.size()) return Error{Errc::corrupt, "the archive is to have a part of no commit"};
        DOORSTEP_TRY_ASSIGN(Archive * archive, this->archive(OpenMode::existing));
        DOORSTEP_TRY_ASSIGN(std::optional<Bytes> part,
                            archive ? archive->find(commit.header.parts[i]) : std::optional<Bytes>());
        DOORSTEP_TRY_ASSIGN(const bool erased,
                            !part && archive ? archive->forgot(commit.header.parts[i]) : Result<bool>(false));
        if (erased) continue;
        if (!part) return Error{Errc::archive_missing, "the archive lacks a part that the database leaves to it"};
        commit.parts[i] = std::move(*part);
    }
    return commit;
}

// Rows are taken out together and put in again: SQLite joins pages that deletes have emptied, and never those in which
// updates have shortened rows, so that nothing would be saved.
Status Store::leave_to_archive(const std::vector<LeavingParts>& leaving) {
    struct Row {
        std::int64_t replica = 0, seq = 0;
        Bytes hash;
    };
    std::vector<Row> rows;
    for (const LeavingParts& one : leaving) {
        for (const std::uint32_t i : one.parts) {
            DOORSTEP_TRY_ASSIGN(Statement * note,
                                db_.statement("INSERT INTO archived (commit_no, part) VALUES (?1, ?2)"));
            DOORSTEP_TRY(note->integer(1, one.no).integer(2, i).run());
        }
        {
            DOORSTEP_TRY_ASSIGN(Statement * query,
                                db_.statement("SELECT replica, seq, hash FROM commits WHERE no = ?1"));
            const Statement::Use use(*query);
            DOORSTEP_TRY_ASSIGN(const bool found, query->integer(1, one.no).step());
            if (!found) return Error{Errc::corrupt, "a commit of the log is gone"};
            rows.push_back({query->integer_at(0), query->integer_at(1), Bytes(query->blob_at(2))});
        }
        DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM commits WHERE no = ?1"));
        DOORSTEP_TRY(remove->integer(1, one.no).run());
    }
    for (std::size_t i = 0; i < leaving.size(); ++i) {
        Commit rest = leaving[i].as_it_lies;
        for (const std::uint32_t part : leaving[i].parts) rest.parts[part].clear();
        const Dot& dot = rest.header.dot;
        Bytes body;
        Writer out(body);
        write_commit(out, rest, {&dot.replica, dot.seq, nullptr});
        DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO commits (no, replica, seq, hash, body) "
                                                              "VALUES (?1, ?2, ?3, ?4, ?5)"));
        DOORSTEP_TRY(insert->integer(1, leaving[i].no)
                         .integer(2, rows[i].replica)
                         .integer(3, rows[i].seq)
                         .blob(4, rows[i].hash)
                         .blob(5, body)
                         .run());
    }
    return ok();
}

Status Store::take_from_archive(CommitNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM archived WHERE commit_no = ?1"));
    return remove->integer(1, no).run();
}

Result<std::uint64_t> Store::archived_count() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t rows, db_.number("SELECT count(*) FROM archived"));
    return static_cast<std::uint64_t>(rows);
}

}  // namespace doorstep
