#include "core/store/projection.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "core/base/sha256.hpp"

namespace doorstep {
namespace {

constexpr int random_bits = 15;

Statement& optional(Statement& statement, int position, const std::optional<std::int64_t>& v) {
    return v ? statement.integer(position, *v) : statement;  // unbound: NULL
}

/// Every row of the query, as `read` makes it.
template <class Row, class Read>
Result<std::vector<Row>> gather(Statement& query, const Read& read) {
    std::vector<Row> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query.step());
        if (!more) return out;
        out.push_back(read(query));
    }
}

/// The first rows_max in the order.
template <class Row, class Before>
std::vector<Row> first_of(std::vector<Row> rows, std::size_t rows_max, const Before& before) {
    std::sort(rows.begin(), rows.end(), before);
    if (rows.size() > rows_max) rows.resize(rows_max);
    return rows;
}

RowNo first_column(const Statement& query) { return query.integer_at(0); }

}  // namespace

bool operator==(const Columns& a, const Columns& b) {
    const auto place = [](const Columns& columns) {
        return columns.position ? std::optional(place_of(*columns.position)) : std::nullopt;
    };
    return a.type == b.type && a.conflicts == b.conflicts && a.household == b.household &&
           a.follow_up_day == b.follow_up_day && place(a) == place(b);
}

RowNo slot_of(const RecordId& record) {
    Reader in(record.view());
    return std::min(static_cast<RowNo>(in.u64() >> 1), after_every_row - 1);
}

Result<ProjectedRow> read_projected(const Statement& query) {
    ProjectedRow row;
    row.no = query.integer_at(0);
    DOORSTEP_TRY_ASSIGN(row.record, RecordId::from(query.blob_at(1)));
    row.stream = query.integer_at(2);
    row.type = static_cast<std::uint32_t>(query.integer_at(3));
    return row;
}

Status Projection::put(const RecordId& record, StreamNo stream, const Columns& columns) {
    DOORSTEP_TRY_ASSIGN(const RowNo no, write_at_slot(record, stream, columns));
    return ChangeLog(*db_).note(no);
}

Status Projection::put_again(const RecordId& record, StreamNo stream, const Columns& columns) {
    DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> moved, moved_to(record, stream));
    if (!moved) {
        DOORSTEP_TRY(write_at_slot(record, stream, columns));
        return ok();
    }
    DOORSTEP_TRY_ASSIGN(const bool written, write(*moved, record, stream, columns));
    return written ? ok() : Status(Error{Errc::corrupt, "two records have one number"});
}

Status Projection::note(const RecordId& record, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> moved, moved_to(record, stream));
    return ChangeLog(*db_).note(moved.value_or(slot_of(record)));
}

/// Where the record's row is now: at its slot, or where it had to move to.
Result<RowNo> Projection::write_at_slot(const RecordId& record, StreamNo stream, const Columns& columns) {
    const RowNo slot = slot_of(record);
    DOORSTEP_TRY_ASSIGN(const bool written, write(slot, record, stream, columns));
    if (written) return slot;
    DOORSTEP_TRY_ASSIGN(std::optional<RowNo> no, moved_to(record, stream));
    if (!no) {
        DOORSTEP_TRY_ASSIGN(no, move(record, stream));
    }
    DOORSTEP_TRY_ASSIGN(const bool moved, write(*no, record, stream, columns));
    return moved ? Result<RowNo>(*no) : Error{Errc::corrupt, "two records have one number"};
}

/// False: the number belongs to another record. A row that is as it was is not touched.
Result<bool> Projection::write(RowNo no, const RecordId& record, StreamNo stream, const Columns& columns) {
    const auto run = [&](Statement& statement) {
        statement.integer(1, no).blob(2, record.view()).integer(3, stream).integer(4, columns.type);
        statement.integer(5, columns.conflicts);
        if (columns.household) statement.integer(6, slot_of(*columns.household));
        optional(statement, 7, columns.follow_up_day);
        if (columns.position) statement.integer(8, place_of(*columns.position));
        return statement.run();
    };
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_->statement("INSERT INTO projection (no, id, stream, type, conflicts, household, follow_up, place) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING"));
    DOORSTEP_TRY(run(*insert));
    if (db_->changes() == 1) return true;
    DOORSTEP_TRY_ASSIGN(
        Statement * update,
        db_->statement("UPDATE projection SET type = ?4, conflicts = ?5, household = ?6, follow_up = ?7, place = ?8 "
                       "WHERE no = ?1 AND id = ?2 AND stream = ?3 AND "
                       "(type, conflicts, household, follow_up, place) IS NOT (?4, ?5, ?6, ?7, ?8)"));
    DOORSTEP_TRY(run(*update));
    if (db_->changes() == 1) return true;
    DOORSTEP_TRY_ASSIGN(const std::optional<ProjectedRow> there, find(no));
    return there && there->record == record && there->stream == stream;
}

Result<std::optional<RowNo>> Projection::moved_to(const RecordId& record, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT no FROM projection_moved WHERE id = ?1 AND stream = ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, record.view()).integer(2, stream).step());
    return row ? std::optional<RowNo>(query->integer_at(0)) : std::nullopt;
}

/// A free number for a record whose slot is taken: after the last of its millisecond, or, if that is taken too (a
/// forger filled it), before every other. Two look-ups, however many ids were forged.
Result<RowNo> Projection::move(const RecordId& record, StreamNo stream) {
    const RowNo last = std::min(slot_of(record) | ((RowNo{1} << random_bits) - 1), after_every_row - 1);
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT coalesce((SELECT CASE WHEN no < ?1 THEN no + 1 END FROM projection "
                                       "WHERE no <= ?1 ORDER BY no DESC LIMIT 1), "
                                       "(SELECT min(0, min(no)) - 1 FROM projection))"));
    RowNo no = 0;
    {
        const Statement::Use use(*query);
        DOORSTEP_TRY(query->integer(1, last).step());
        no = query->integer_at(0);
    }
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_->statement("INSERT INTO projection_moved (id, stream, no) VALUES (?1, ?2, ?3)"));
    DOORSTEP_TRY(insert->blob(1, record.view()).integer(2, stream).integer(3, no).run());
    return no;
}

Status Projection::forget_stream(StreamNo stream) {
    DOORSTEP_TRY(ChangeLog(*db_).forget_before_now());
    DOORSTEP_TRY_ASSIGN(Statement * late, db_->statement("DELETE FROM projection_late WHERE no IN "
                                                         "(SELECT no FROM projection WHERE stream = ?1)"));
    DOORSTEP_TRY(late->integer(1, stream).run());
    DOORSTEP_TRY_ASSIGN(Statement * rows, db_->statement("DELETE FROM projection WHERE stream = ?1"));
    DOORSTEP_TRY(rows->integer(1, stream).run());
    DOORSTEP_TRY_ASSIGN(Statement * moved, db_->statement("DELETE FROM projection_moved WHERE stream = ?1"));
    return moved->integer(1, stream).run();
}

Status Projection::clear() {
    DOORSTEP_TRY(ChangeLog(*db_).clear());
    return db_->execute("DELETE FROM projection");
}

Result<Hash> Projection::fingerprint() {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT no, id, stream, type, conflicts, coalesce(household, 0), "
                                       "coalesce(follow_up, -9223372036854775807), coalesce(place, -1) "
                                       "FROM projection ORDER BY no"));
    const Statement::Use use(*query);
    Sha256 hash;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return hash.finish();
        Bytes bytes;
        Writer out(bytes);
        out.sized(query->blob_at(1));
        for (const int column : {0, 2, 3, 4, 5, 6, 7}) out.zigzag(query->integer_at(column));
        hash.update(bytes);
    }
}

Result<std::optional<ProjectedRow>> Projection::find(RowNo no) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no, id, stream, type FROM projection WHERE no = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool found, query->integer(1, no).step());
    if (!found) return std::optional<ProjectedRow>();
    DOORSTEP_TRY_ASSIGN(const ProjectedRow row, read_projected(*query));
    return std::optional<ProjectedRow>(row);
}

Result<std::optional<RowNo>> Projection::number_of(const RecordId& record, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(const auto at_slot, find(slot_of(record)));
    if (at_slot && at_slot->record == record && at_slot->stream == stream) return std::optional<RowNo>(at_slot->no);
    return moved_to(record, stream);
}

Result<std::vector<Lane>> Projection::lanes(StreamNo stream, std::uint32_t type) {
    if (type != 0) return std::vector<Lane>{{stream, type}};
    std::vector<Lane> out;
    for (std::int64_t above = -1;;) {
        DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT type FROM projection WHERE stream = ?1 AND "
                                                              "type > ?2 ORDER BY type LIMIT 1"));
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool more, query->integer(1, stream).integer(2, above).step());
        if (!more) return out;
        above = query->integer_at(0);
        out.push_back({stream, static_cast<std::uint32_t>(above)});
    }
}

Result<std::optional<RowNo>> Projection::newest(const Lane& lane, RowNo below) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no FROM projection WHERE stream = ?1 AND type = ?2 "
                                                          "AND no < ?3 ORDER BY no DESC LIMIT 1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, lane.stream).integer(2, lane.type).integer(3, below).step());
    return row ? std::optional<RowNo>(query->integer_at(0)) : std::nullopt;
}

Result<std::vector<RowNo>> Projection::of_household(RowNo household_slot, RowNo below, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(const std::vector<LateRow> late, waiting());
    std::vector<RowNo> out;
    {
        DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no FROM projection_late WHERE household = ?1 AND "
                                                              "no < ?2 ORDER BY no DESC LIMIT ?3"));
        const Statement::Use use(*query);
        query->integer(1, household_slot).integer(2, below);
        query->integer(3, static_cast<std::int64_t>(rows_max + late.size()));
        DOORSTEP_TRY_ASSIGN(out, gather<RowNo>(*query, first_column));
    }
    std::erase_if(out, [&](RowNo no) { return is_waiting(late, no); });
    for (const LateRow& row : late)
        if (row.household == household_slot && row.no < below) out.push_back(row.no);
    return first_of(std::move(out), rows_max, std::greater<RowNo>());
}

Result<std::vector<RowNo>> Projection::in_conflict(RowNo below, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no FROM projection WHERE conflicts > 0 AND no < ?1 "
                                                          "ORDER BY no DESC LIMIT ?2"));
    const Statement::Use use(*query);
    query->integer(1, below).integer(2, static_cast<std::int64_t>(rows_max));
    return gather<RowNo>(*query, first_column);
}

Result<std::vector<Projection::Due>> Projection::due(std::int64_t day_max, const Due& after, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(const std::vector<LateRow> late, waiting());
    const auto earlier = [](const Due& a, const Due& b) { return a.day != b.day ? a.day < b.day : a.no < b.no; };
    std::vector<Due> out;
    {
        DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT follow_up, no FROM projection_late WHERE "
                                                              "follow_up <= ?1 AND (follow_up, no) > (?2, ?3) "
                                                              "ORDER BY follow_up, no LIMIT ?4"));
        const Statement::Use use(*query);
        query->integer(1, day_max).integer(2, after.day).integer(3, after.no);
        query->integer(4, static_cast<std::int64_t>(rows_max + late.size()));
        const auto read = [](const Statement& row) { return Due{row.integer_at(0), row.integer_at(1)}; };
        DOORSTEP_TRY_ASSIGN(out, gather<Due>(*query, read));
    }
    std::erase_if(out, [&](const Due& row) { return is_waiting(late, row.no); });
    for (const LateRow& row : late)
        if (row.follow_up && *row.follow_up <= day_max && earlier(after, {*row.follow_up, row.no}))
            out.push_back({*row.follow_up, row.no});
    return first_of(std::move(out), rows_max, earlier);
}

Result<std::vector<Projection::Placed>> Projection::placed(std::int64_t first, std::int64_t last,
                                                           std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT place, no FROM projection_late WHERE place BETWEEN ?1 AND "
                                       "?2 ORDER BY place DESC, no DESC LIMIT ?3"));
    const Statement::Use use(*query);
    query->integer(1, first).integer(2, last).integer(3, static_cast<std::int64_t>(rows_max));
    return gather<Placed>(*query, [](const Statement& row) { return Placed{row.integer_at(0), row.integer_at(1)}; });
}

Result<std::vector<ProjectedRow>> Projection::changed_after(std::int64_t after, std::size_t rows_max) {
    std::map<RowNo, std::int64_t> last;  // change of each row
    for (ChangeMark mark{after, INT64_MAX}; last.size() < rows_max;) {
        DOORSTEP_TRY_ASSIGN(const std::vector<ChangeMark> changes, ChangeLog(*db_).beyond(mark, rows_max));
        if (changes.empty()) break;
        for (const ChangeMark& change : changes) last[change.no] = change.change;
        mark = changes.back();
    }
    std::vector<std::pair<std::int64_t, RowNo>> order;
    for (const auto& [no, change] : last) order.emplace_back(change, no);
    std::sort(order.begin(), order.end());
    std::vector<ProjectedRow> out;
    for (const auto& [change, no] : order) {
        DOORSTEP_TRY_ASSIGN(const std::optional<ProjectedRow> row, find(no));
        if (row) out.push_back(*row);
    }
    return out;
}

std::int64_t place_of(const Value::Position& position) {
    const auto latitude = static_cast<std::uint64_t>(position.latitude_e6 + 90'000'000);
    const auto longitude = static_cast<std::uint64_t>(position.longitude_e6 + 180'000'000);
    std::uint64_t place = 0;
    for (int bit = place_levels - 1; bit >= 0; --bit)
        place = place << 2 | (latitude >> bit & 1) << 1 | (longitude >> bit & 1);
    return static_cast<std::int64_t>(place);
}

Value::Position position_of(std::int64_t place) {
    std::int64_t latitude = 0, longitude = 0;
    for (int bit = place_levels - 1; bit >= 0; --bit) {
        latitude = latitude << 1 | (place >> (2 * bit + 1) & 1);
        longitude = longitude << 1 | (place >> (2 * bit) & 1);
    }
    return {latitude - 90'000'000, longitude - 180'000'000};
}

}  // namespace doorstep
