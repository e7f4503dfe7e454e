#include "core/store/projection_changes.hpp"

#include <algorithm>

#include "core/base/codec.hpp"
#include "core/base/limits.hpp"
#include "core/store/projection_late.hpp"

namespace doorstep {
namespace {

constexpr std::string_view meta_floor = "change_floor";

/// Ascending numbers as their differences.
Bytes pack(const std::vector<RowNo>& rows) {
    Bytes out;
    Writer writer(out);
    RowNo before = 0;
    for (const RowNo no : rows) {
        // Differences of unsigned numbers wrap around and so always fit.
        writer.varint(static_cast<std::uint64_t>(no) - static_cast<std::uint64_t>(before));
        before = no;
    }
    return out;
}

/// Visits the rows of a change until the visitor answers false. Errors: corrupt.
template <class Visit>
Status each_row(BytesView packed, const Visit& visit) {
    Reader in(packed);
    for (std::uint64_t no = 0; !in.at_end();) {
        no += in.varint();
        if (in.failed()) return Error{Errc::corrupt, "a change is damaged"};
        if (!visit(static_cast<RowNo>(no))) return ok();
    }
    return ok();
}

}  // namespace

Status ChangeLog::note(RowNo no) {
    Database::Pending* pending = db_->pending();
    if (!pending) return write({no});
    pending->rows.push_back(no);
    pending->write = write_noted;
    return ok();
}

Status ChangeLog::write_noted(Database& db) {
    DOORSTEP_TRY(ChangeLog(db).write(std::move(db.pending()->rows)));
    return LateColumns(db).settle_overdue();
}

Status ChangeLog::write(std::vector<RowNo> rows) {
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    DOORSTEP_TRY_ASSIGN(const std::int64_t before, last());
    DOORSTEP_TRY_ASSIGN(const std::int64_t noted, rows_noted());
    const Bytes packed = pack(rows);
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_->statement("INSERT INTO projection_change (change, upto, rows) VALUES (?1, ?2, ?3)"));
    return insert->integer(1, before + 1)
        .integer(2, noted + static_cast<std::int64_t>(rows.size()))
        .blob(3, packed)
        .run();
}

Result<std::int64_t> ChangeLog::last() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t last, db_->number("SELECT max(change) FROM projection_change"));
    DOORSTEP_TRY_ASSIGN(const std::int64_t floor, first_known());
    return std::max(last, floor);
}

Result<std::int64_t> ChangeLog::first_known() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT value FROM meta WHERE key = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->text(1, meta_floor).step());
    if (!row) return std::int64_t{0};
    Reader in(query->blob_at(0));
    const auto floor = static_cast<std::int64_t>(in.u64());
    return in.finish("change floor") ? Result<std::int64_t>(floor)
                                     : Error{Errc::corrupt, "the change floor is damaged"};
}

Result<std::int64_t> ChangeLog::rows_noted() {
    return db_->number("SELECT upto FROM projection_change ORDER BY change DESC LIMIT 1");
}

Result<std::vector<ChangeMark>> ChangeLog::beyond(const ChangeMark& mark, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT change, rows FROM projection_change "
                                                          "WHERE change >= ?1 ORDER BY change"));
    const Statement::Use use(*query);
    query->integer(1, mark.change);
    std::vector<ChangeMark> out;
    while (out.size() < rows_max) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) break;
        const std::int64_t change = query->integer_at(0);
        DOORSTEP_TRY(each_row(query->blob_at(1), [&](RowNo no) {
            if (change > mark.change || no > mark.no) out.push_back({change, no});
            return out.size() < rows_max;
        }));
    }
    return out;
}

Status ChangeLog::set_first_known(std::int64_t change) {
    Bytes floor;
    Writer(floor).u64(static_cast<std::uint64_t>(change));
    DOORSTEP_TRY_ASSIGN(Statement * mark, db_->statement("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    return mark->text(1, meta_floor).blob(2, floor).run();
}

Status ChangeLog::forget_before_now() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t now, last());
    return set_first_known(now + 1);
}

Status ChangeLog::trim(std::int64_t change) {
    constexpr std::int64_t kept_rows = 4 * limits::changes_max;  // a screen that is told so many reads itself again
    DOORSTEP_TRY_ASSIGN(const std::int64_t noted, rows_noted());
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT change FROM projection_change WHERE upto <= ?1 AND change < ?2 "
                                       "ORDER BY change DESC LIMIT 1"));
    std::int64_t reached = 0;
    {
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, noted - kept_rows).integer(2, change).step());
        if (!row) return ok();
        reached = query->integer_at(0);
    }
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_->statement("DELETE FROM projection_change WHERE change <= ?1"));
    DOORSTEP_TRY(remove->integer(1, reached).run());
    DOORSTEP_TRY_ASSIGN(const std::int64_t known, first_known());
    return reached > known ? set_first_known(reached) : ok();
}

Status ChangeLog::clear() {
    if (Database::Pending* pending = db_->pending()) *pending = {};
    DOORSTEP_TRY(forget_before_now());
    return db_->execute("DELETE FROM projection_change");
}

Status ChangeLog::check() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT upto, rows FROM projection_change ORDER BY change"));
    const Statement::Use use(*query);
    std::optional<std::int64_t> before;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) return ok();
        const std::int64_t upto = query->integer_at(0);
        std::int64_t rows = 0;
        DOORSTEP_TRY(each_row(query->blob_at(1), [&](RowNo) { return ++rows > 0; }));
        if (before && *before + rows != upto) return Error{Errc::corrupt, "a change does not count on"};
        before = upto;
    }
}

}  // namespace doorstep
