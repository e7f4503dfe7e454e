#include "core/engine/queries.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>

#include "core/base/limits.hpp"
#include "core/engine/queries_columns.hpp"
#include "core/merge/conflict.hpp"
#include "core/store/projection_near.hpp"

namespace doorstep {
namespace {

Status check_rows(std::size_t rows_max) {
    if (rows_max >= 1 && rows_max <= limits::list_rows_max) return ok();
    return Error{Errc::invalid_argument, "a page holds 1 to " + std::to_string(limits::list_rows_max) + " rows"};
}

/// A cursor is the numbers of the last row, 8 bytes each.
template <std::size_t N>
Result<std::array<std::int64_t, N>> read_cursor(const PageRequest& request, std::array<std::int64_t, N> from_start) {
    DOORSTEP_TRY(check_rows(request.rows_max));
    if (request.after.empty()) return from_start;
    Reader in(request.after);
    for (std::int64_t& number : from_start) number = static_cast<std::int64_t>(in.u64());
    DOORSTEP_TRY(in.finish("a cursor"));
    return from_start;
}

Bytes cursor(std::initializer_list<std::int64_t> numbers) {
    Bytes out;
    for (const std::int64_t number : numbers) Writer(out).u64(static_cast<std::uint64_t>(number));
    return out;
}

/// The cards of rows that are there one more than the page takes, if the list goes on.
Result<Page> page_of(Store& store, std::vector<RowNo> rows, std::size_t rows_max) {
    Page out;
    const bool more = rows.size() > rows_max;
    if (more) rows.resize(rows_max);
    for (const RowNo no : rows) {
        DOORSTEP_TRY_ASSIGN(std::optional<Card> card, card_of(store, no));
        if (card && !card->moved_to) out.cards.push_back(std::move(*card));
    }
    if (more) out.next = cursor_after(rows.back());
    return out;
}

void add_shown(const FieldState& field, std::vector<Card::Shown>& out) {
    if (field.kind == Kind::set) {
        for (const Alternative& element : elements(field)) out.push_back({field.field, element.value});
    } else if (field.kind == Kind::log) {
        for (const Live& line : field.live) out.push_back({field.field, line.value});
    } else if (field.live.size() == 1) {
        out.push_back({field.field, field.live.front().value});
    } else {
        const std::vector<Alternative> values = alternatives(field);
        if (!values.empty()) out.push_back({field.field, values.front().value});
    }
}

/// Lanes by their newest row: the next of all lanes is on top.
using Heads = std::priority_queue<std::pair<RowNo, std::size_t>>;

}  // namespace

std::string_view Card::text(std::uint32_t field) const {
    for (const Shown& one : shown)
        if (one.field == field) return one.value.as_text();
    return {};
}

Result<Card> card_of(Store& store, const RecordRow& row, const RecordState& state) {
    DOORSTEP_TRY_ASSIGN(const Stream stream, store.stream_of(row.stream));
    Card out{row.record, stream.area, state.type, count_conflicts(state), {}, {}};
    DOORSTEP_TRY_ASSIGN(out.moved_to, left_for_area(store, row.stream, state));
    if (out.moved_to) out.conflicts = 0;
    for (const FieldState& field : state.fields) add_shown(field, out.shown);
    return out;
}

Result<std::optional<Card>> card_of(Store& store, RowNo no) {
    DOORSTEP_TRY_ASSIGN(const std::optional<ProjectedRow> row, Projection(store.database()).find(no));
    if (!row) return std::optional<Card>();
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> bytes, store.record_state(row->record, row->stream));
    if (!bytes) return Error{Errc::corrupt, "a projection names a record that is not there"};
    DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*bytes));
    DOORSTEP_TRY_ASSIGN(Card card, card_of(store, {row->record, row->stream, row->type, {}}, state));
    return std::optional<Card>(std::move(card));
}

Result<RowNo> read_row_cursor(const PageRequest& request) {
    DOORSTEP_TRY_ASSIGN(const auto from, read_cursor<1>(request, {after_every_row}));
    return from[0];
}

Bytes cursor_after(RowNo no) { return cursor({no}); }

Result<Page> page_of_sorted(Store& store, std::vector<RowNo> rows, const PageRequest& request) {
    DOORSTEP_TRY_ASSIGN(const RowNo below, read_row_cursor(request));
    const auto first = std::find_if(rows.begin(), rows.end(), [&](RowNo no) { return no < below; });
    rows.erase(rows.begin(), first);
    return page_of(store, std::move(rows), request.rows_max);
}

Result<Page> list_area(Store& store, const Area& area, std::uint32_t type, const PageRequest& request) {
    DOORSTEP_TRY_ASSIGN(const RowNo below, read_row_cursor(request));
    Projection projection(store.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> streams, store.streams());
    std::vector<Lane> lanes;
    for (const StreamMark& stream : streams) {
        if (!area.contains(stream.head.stream.area)) continue;
        DOORSTEP_TRY_ASSIGN(const std::vector<Lane> more, projection.lanes(stream.no, type));
        lanes.insert(lanes.end(), more.begin(), more.end());
    }
    Heads heads;
    const auto advance = [&](std::size_t lane, RowNo under) -> Status {
        DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> next, projection.newest(lanes[lane], under));
        if (next) heads.emplace(*next, lane);
        return ok();
    };
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) DOORSTEP_TRY(advance(lane, below));
    std::vector<RowNo> rows;
    while (!heads.empty() && rows.size() <= request.rows_max) {
        const auto [no, lane] = heads.top();
        heads.pop();
        rows.push_back(no);
        DOORSTEP_TRY(advance(lane, no));
    }
    return page_of(store, std::move(rows), request.rows_max);
}

Result<Page> list_household(Store& store, const RecordId& household, const PageRequest& request) {
    DOORSTEP_TRY_ASSIGN(const RowNo below, read_row_cursor(request));
    DOORSTEP_TRY_ASSIGN(std::vector<RowNo> rows,
                        Projection(store.database()).of_household(slot_of(household), below, request.rows_max + 1));
    DOORSTEP_TRY_ASSIGN(Page page, page_of(store, std::move(rows), request.rows_max));
    // Two households may share a slot (a forged id): then a page is shorter than it could be.
    const auto other = [&](const Card& card) {
        const std::uint32_t field = household_field(card.type);
        return std::none_of(card.shown.begin(), card.shown.end(), [&](const Card::Shown& shown) {
            return shown.field == field && shown.value == Value::record(household);
        });
    };
    page.cards.erase(std::remove_if(page.cards.begin(), page.cards.end(), other), page.cards.end());
    return page;
}

Result<Page> list_due(Store& store, std::int64_t day_max, const PageRequest& request) {
    DOORSTEP_TRY_ASSIGN(const auto from, read_cursor<2>(request, {INT64_MIN, INT64_MIN}));
    Projection projection(store.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<Projection::Due> due,
                        projection.due(day_max, {from[0], from[1]}, request.rows_max + 1));
    std::vector<RowNo> rows;
    for (const Projection::Due& row : due) rows.push_back(row.no);
    DOORSTEP_TRY_ASSIGN(Page page, page_of(store, std::move(rows), request.rows_max));
    if (!page.next.empty()) page.next = cursor({due[request.rows_max - 1].day, due[request.rows_max - 1].no});
    return page;
}

Result<Page> list_conflicts(Store& store, const PageRequest& request) {
    DOORSTEP_TRY_ASSIGN(const RowNo below, read_row_cursor(request));
    DOORSTEP_TRY_ASSIGN(std::vector<RowNo> rows, Projection(store.database()).in_conflict(below, request.rows_max + 1));
    return page_of(store, std::move(rows), request.rows_max);
}

Result<std::vector<NearCard>> list_nearest(Store& store, const Value::Position& from, double radius_metres,
                                           std::size_t rows_max) {
    DOORSTEP_TRY(check_rows(rows_max));
    if (!std::isfinite(radius_metres) || radius_metres <= 0)
        return Error{Errc::invalid_argument, "a radius is a positive number of metres"};
    Projection projection(store.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<NearRow> rows, nearest_rows(projection, from, radius_metres, rows_max));
    std::vector<NearCard> out;
    for (const NearRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(std::optional<Card> card, card_of(store, row.no));
        if (card && !card->moved_to) out.push_back({std::move(*card), row.metres});
    }
    return out;
}

}  // namespace doorstep
