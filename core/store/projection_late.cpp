#include "core/store/projection_late.hpp"

#include <algorithm>
#include <limits>

#include "core/store/search_index.hpp"

namespace doorstep {
namespace {

constexpr std::string_view meta_mark = "late_mark";

std::optional<std::int64_t> optional_at(const Statement& row, int column) {
    return row.is_null_at(column) ? std::nullopt : std::optional<std::int64_t>(row.integer_at(column));
}

}  // namespace

bool is_waiting(const std::vector<LateRow>& rows, RowNo no) {
    const auto at = std::lower_bound(rows.begin(), rows.end(), no,
                                     [](const LateRow& row, RowNo wanted) { return row.no < wanted; });
    return at != rows.end() && at->no == no;
}

Result<LateColumns::Mark> LateColumns::mark() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT value FROM meta WHERE key = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->text(1, meta_mark).step());
    if (!row) return Mark{};
    Reader in(query->blob_at(0));
    Mark out;
    out.reached.change = static_cast<std::int64_t>(in.u64());
    out.reached.no = static_cast<RowNo>(in.u64());
    out.rows_noted = static_cast<std::int64_t>(in.u64());
    if (!in.finish("late mark")) return Error{Errc::corrupt, "the mark of the late indexes is damaged"};
    return out;
}

Status LateColumns::set_mark(const Mark& mark) {
    Bytes value;
    Writer out(value);
    out.u64(static_cast<std::uint64_t>(mark.reached.change));
    out.u64(static_cast<std::uint64_t>(mark.reached.no));
    out.u64(static_cast<std::uint64_t>(mark.rows_noted));
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_->statement("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    return insert->text(1, meta_mark).blob(2, value).run();
}

Status LateColumns::settle_row(RowNo no) {
    DOORSTEP_TRY_ASSIGN(
        Statement * upsert,
        db_->statement("INSERT INTO projection_late (no, household, follow_up, place) "
                       "SELECT no, household, follow_up, place FROM projection WHERE no = ?1 AND "
                       "coalesce(household, follow_up, place) IS NOT NULL ON CONFLICT (no) DO UPDATE SET "
                       "household = excluded.household, follow_up = excluded.follow_up, place = excluded.place "
                       "WHERE (household, follow_up, place) IS NOT "
                       "(excluded.household, excluded.follow_up, excluded.place)"));
    DOORSTEP_TRY(upsert->integer(1, no).run());
    if (db_->changes() > 0) return ok();
    DOORSTEP_TRY_ASSIGN(
        Statement * remove,
        db_->statement("DELETE FROM projection_late WHERE no = ?1 AND NOT EXISTS (SELECT 1 FROM projection "
                       "WHERE no = ?1 AND coalesce(household, follow_up, place) IS NOT NULL)"));
    return remove->integer(1, no).run();
}

Result<std::size_t> LateColumns::settle(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Mark at, mark());
    DOORSTEP_TRY_ASSIGN(const std::vector<ChangeMark> changes, ChangeLog(*db_).beyond(at.reached, rows_max));
    if (changes.empty()) return std::size_t{0};
    for (const ChangeMark& change : changes) DOORSTEP_TRY(settle_row(change.no));
    at.reached = changes.back();
    at.rows_noted += static_cast<std::int64_t>(changes.size());
    DOORSTEP_TRY(set_mark(at));
    DOORSTEP_TRY_ASSIGN(const std::int64_t search_needs, SearchIndex(*db_).first_change_needed());
    DOORSTEP_TRY(ChangeLog(*db_).trim(std::min(at.reached.change, search_needs)));
    return changes.size();
}

Result<std::size_t> LateColumns::waiting_changes() {
    DOORSTEP_TRY_ASSIGN(const Mark at, mark());
    DOORSTEP_TRY_ASSIGN(const std::int64_t noted, ChangeLog(*db_).rows_noted());
    return static_cast<std::size_t>(std::max<std::int64_t>(0, noted - at.rows_noted));
}

Status LateColumns::settle_overdue() {
    DOORSTEP_TRY_ASSIGN(const std::size_t waiting, waiting_changes());
    if (waiting <= rows_max_) return ok();
    DOORSTEP_TRY(settle(late_step_rows));
    return ok();
}

Result<std::vector<RowNo>> LateColumns::waiting_numbers() {
    DOORSTEP_TRY_ASSIGN(const Mark at, mark());
    DOORSTEP_TRY_ASSIGN(const std::int64_t noted, ChangeLog(*db_).rows_noted());
    if (noted == at.rows_noted) return std::vector<RowNo>();
    DOORSTEP_TRY_ASSIGN(const std::vector<ChangeMark> changes,
                        ChangeLog(*db_).beyond(at.reached, std::numeric_limits<std::size_t>::max()));
    std::vector<RowNo> out;
    out.reserve(changes.size());
    for (const ChangeMark& change : changes) out.push_back(change.no);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

Result<std::vector<LateRow>> LateColumns::waiting() {
    DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> numbers, waiting_numbers());
    std::vector<LateRow> out;
    out.reserve(numbers.size());
    constexpr int strides_max = 8;  // rows passed over before it is quicker to look the next one up
    for (auto next = numbers.begin(); next != numbers.end();) {
        DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no, household, follow_up, place FROM projection "
                                                              "WHERE no >= ?1 ORDER BY no"));
        const Statement::Use use(*query);
        query->integer(1, *next);
        for (int strides = 0; strides < strides_max; ++strides) {
            DOORSTEP_TRY_ASSIGN(const bool more, query->step());
            if (!more) return out;  // those that are left are gone
            const RowNo no = query->integer_at(0);
            while (next != numbers.end() && *next < no) ++next;
            if (next == numbers.end()) return out;
            if (*next != no) continue;
            out.push_back({no, optional_at(*query, 1), optional_at(*query, 2), optional_at(*query, 3)});
            if (++next == numbers.end()) return out;
            strides = 0;
        }
    }
    return out;
}

Status LateColumns::forget(RowNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_->statement("DELETE FROM projection_late WHERE no = ?1"));
    DOORSTEP_TRY(remove->integer(1, no).run());
    return ChangeLog(*db_).note(no);
}

Status LateColumns::make_all() {
    DOORSTEP_TRY(
        db_->execute("DELETE FROM projection_late; "
                     "INSERT INTO projection_late SELECT no, household, follow_up, place FROM projection "
                     "WHERE coalesce(household, follow_up, place) IS NOT NULL ORDER BY no"));
    Mark at;
    DOORSTEP_TRY_ASSIGN(at.reached.change, ChangeLog(*db_).last());
    at.reached.no = INT64_MAX;
    DOORSTEP_TRY_ASSIGN(at.rows_noted, ChangeLog(*db_).rows_noted());
    return set_mark(at);
}

Status LateColumns::check() {
    DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> numbers, waiting_numbers());
    for (const std::string_view sql :
         {"SELECT projection.no FROM projection LEFT JOIN projection_late AS late ON late.no = projection.no WHERE "
          "(projection.household, projection.follow_up, projection.place) IS NOT "
          "(late.household, late.follow_up, late.place)",
          "SELECT no FROM projection_late AS late WHERE coalesce(household, follow_up, place) IS NULL OR "
          "NOT EXISTS (SELECT 1 FROM projection WHERE projection.no = late.no)"}) {
        DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement(sql));
        const Statement::Use use(*query);
        while (true) {
            DOORSTEP_TRY_ASSIGN(const bool more, query->step());
            if (!more) break;
            if (!std::binary_search(numbers.begin(), numbers.end(), query->integer_at(0)))
                return Error{Errc::corrupt, "a late index is not what the records say"};
        }
    }
    return ok();
}

}  // namespace doorstep
