#include "core/store/projection.hpp"

#include <algorithm>

#include "core/base/sha256.hpp"

namespace doorstep {
namespace {

constexpr std::string_view meta_floor = "change_floor";

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

RowNo first_column(const Statement& query) { return query.integer_at(0); }

}  // namespace

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
    row.changed = query.integer_at(4);
    return row;
}

Status Projection::put(const RecordId& record, StreamNo stream, const Columns& columns) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t change, change_of_transaction());
    DOORSTEP_TRY_ASSIGN(const bool written, write(slot_of(record), record, stream, columns, change));
    if (written) return ok();
    DOORSTEP_TRY_ASSIGN(std::optional<RowNo> no, moved_to(record, stream));
    if (!no) {
        DOORSTEP_TRY_ASSIGN(no, move(record, stream));
    }
    DOORSTEP_TRY_ASSIGN(const bool moved, write(*no, record, stream, columns, change));
    return moved ? ok() : Status(Error{Errc::corrupt, "two records have one number"});
}

Status Projection::put_again(const RecordId& record, StreamNo stream, const Columns& columns) {
    DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> moved, moved_to(record, stream));
    if (!moved) return put(record, stream, columns);
    DOORSTEP_TRY_ASSIGN(const std::int64_t change, change_of_transaction());
    DOORSTEP_TRY_ASSIGN(const bool written, write(*moved, record, stream, columns, change));
    return written ? ok() : Status(Error{Errc::corrupt, "two records have one number"});
}

/// False: the number belongs to another record.
Result<bool> Projection::write(RowNo no, const RecordId& record, StreamNo stream, const Columns& columns,
                               std::int64_t change) {
    DOORSTEP_TRY_ASSIGN(
        Statement * upsert,
        db_->statement(
            "INSERT INTO projection (no, id, stream, type, changed, conflicts, household, follow_up, place) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (no) DO UPDATE SET type = ?4, changed = ?5, "
            "conflicts = ?6, household = ?7, follow_up = ?8, place = ?9 WHERE id = ?2 AND stream = ?3"));
    upsert->integer(1, no).blob(2, record.view()).integer(3, stream).integer(4, columns.type).integer(5, change);
    upsert->integer(6, columns.conflicts);
    if (columns.household) upsert->integer(7, slot_of(*columns.household));
    optional(*upsert, 8, columns.follow_up_day);
    if (columns.position) upsert->integer(9, place_of(*columns.position));
    DOORSTEP_TRY(upsert->run());
    return db_->changes() == 1;
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

/// Rows go: who asks what changed since before now cannot be told.
Status Projection::forget_changes() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t change, change_of_transaction());
    return set_floor(change);
}

Status Projection::go_on_after(std::int64_t change) { return set_floor(change + 1); }

Status Projection::set_floor(std::int64_t change) {
    Bytes floor;
    Writer(floor).u64(static_cast<std::uint64_t>(change));
    DOORSTEP_TRY_ASSIGN(Statement * mark, db_->statement("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    return mark->text(1, meta_floor).blob(2, floor).run();
}

Status Projection::forget_stream(StreamNo stream) {
    DOORSTEP_TRY(forget_changes());
    DOORSTEP_TRY_ASSIGN(Statement * rows, db_->statement("DELETE FROM projection WHERE stream = ?1"));
    DOORSTEP_TRY(rows->integer(1, stream).run());
    DOORSTEP_TRY_ASSIGN(Statement * moved, db_->statement("DELETE FROM projection_moved WHERE stream = ?1"));
    return moved->integer(1, stream).run();
}

Status Projection::clear() {
    DOORSTEP_TRY(forget_changes());
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
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT no, id, stream, type, changed FROM projection WHERE no = ?1"));
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
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no FROM projection WHERE household = ?1 AND no < ?2 "
                                                          "ORDER BY no DESC LIMIT ?3"));
    const Statement::Use use(*query);
    query->integer(1, household_slot).integer(2, below).integer(3, static_cast<std::int64_t>(rows_max));
    return gather<RowNo>(*query, first_column);
}

Result<std::vector<RowNo>> Projection::in_conflict(RowNo below, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no FROM projection WHERE conflicts > 0 AND no < ?1 "
                                                          "ORDER BY no DESC LIMIT ?2"));
    const Statement::Use use(*query);
    query->integer(1, below).integer(2, static_cast<std::int64_t>(rows_max));
    return gather<RowNo>(*query, first_column);
}

Result<std::vector<Projection::Due>> Projection::due(std::int64_t day_max, const Due& after, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT follow_up, no FROM projection WHERE follow_up <= ?1 AND "
                                       "(follow_up, no) > (?2, ?3) ORDER BY follow_up, no LIMIT ?4"));
    const Statement::Use use(*query);
    query->integer(1, day_max).integer(2, after.day).integer(3, after.no);
    query->integer(4, static_cast<std::int64_t>(rows_max));
    return gather<Due>(*query, [](const Statement& row) { return Due{row.integer_at(0), row.integer_at(1)}; });
}

Result<std::vector<Projection::Placed>> Projection::placed(std::int64_t first, std::int64_t last,
                                                           std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT place, no FROM projection WHERE place BETWEEN ?1 AND "
                                                          "?2 ORDER BY place DESC, no DESC LIMIT ?3"));
    const Statement::Use use(*query);
    query->integer(1, first).integer(2, last).integer(3, static_cast<std::int64_t>(rows_max));
    return gather<Placed>(*query, [](const Statement& row) { return Placed{row.integer_at(0), row.integer_at(1)}; });
}

Result<std::int64_t> Projection::first_known_change() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT value FROM meta WHERE key = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->text(1, meta_floor).step());
    if (!row) return std::int64_t{0};
    Reader in(query->blob_at(0));
    const auto floor = static_cast<std::int64_t>(in.u64());
    return in.finish("change floor") ? Result<std::int64_t>(floor)
                                     : Error{Errc::corrupt, "the change floor is damaged"};
}

Result<std::int64_t> Projection::last_change() {
    DOORSTEP_TRY_ASSIGN(const std::int64_t last, db_->number("SELECT max(changed) FROM projection"));
    DOORSTEP_TRY_ASSIGN(const std::int64_t floor, first_known_change());
    return std::max(last, floor);
}

Result<std::int64_t> Projection::change_of_transaction() {
    std::int64_t* kept = db_->change_of_transaction();
    if (kept && *kept != 0) return *kept;
    DOORSTEP_TRY_ASSIGN(const std::int64_t last, last_change());
    if (kept) *kept = last + 1;
    return last + 1;
}

Result<std::vector<ProjectedRow>> Projection::changed_after(std::int64_t after, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no, id, stream, type, changed FROM projection WHERE "
                                                          "changed > ?1 ORDER BY changed, no LIMIT ?2"));
    const Statement::Use use(*query);
    query->integer(1, after).integer(2, static_cast<std::int64_t>(rows_max));
    std::vector<ProjectedRow> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) return out;
        DOORSTEP_TRY_ASSIGN(ProjectedRow row, read_projected(*query));
        out.push_back(row);
    }
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
