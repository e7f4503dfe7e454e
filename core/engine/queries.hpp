// core/engine/queries.hpp -- what a screen asks: lists in pages, reminders, the nearest, and where own words stand.
// Every list goes on from a cursor by key: a page has no gap and repeats nothing, whatever is saved or synced between
// two pages; what is new and belongs before the cursor is met when the list is opened again. What was moved away is in
// no list: reading it, and a search, say where it went.
#pragma once

#include "core/merge/record_state.hpp"
#include "core/store/projection.hpp"

namespace doorstep {

/// A record as a list shows it: one value a field, without its origins (read_record() has them).
struct Card {
    struct Shown {
        std::uint32_t field = 0;
        Value value;
    };
    RecordId record;
    Area area;
    std::uint32_t type = 0;
    std::uint32_t conflicts = 0;
    std::optional<Area> moved_to;  ///< it is looked after there and no longer in `area`
    std::vector<Shown> shown;      ///< by field; of a set every element, of a log every line, of others the first

    /// The text of a field; "" when there is none.
    std::string_view text(std::uint32_t field) const;
};

struct PageRequest {
    std::size_t rows_max = 50;  ///< at most limits::list_rows_max
    Bytes after;                ///< `next` of the page before; empty: from the beginning
};
struct Page {
    std::vector<Card> cards;
    Bytes next;  ///< empty: there is no more
};

/// Records of an area and all below it, newest first. type 0: of every type.
/// Errors of every list: invalid_argument (rows_max), malformed (a cursor that no page gave), those of the store.
Result<Page> list_area(Store& store, const Area& area, std::uint32_t type, const PageRequest& request);
/// Records that name the household, newest first.
Result<Page> list_household(Store& store, const RecordId& household, const PageRequest& request);
/// Follow-ups promised for this day or before, the longest waiting first. One is settled by clearing the date.
Result<Page> list_due(Store& store, std::int64_t day_max, const PageRequest& request);
/// Records on which people disagree, newest first.
Result<Page> list_conflicts(Store& store, const PageRequest& request);

struct NearCard {
    Card card;
    double metres = 0;
};
/// The nearest first. Errors: invalid_argument (rows_max; a radius that is not a positive number).
Result<std::vector<NearCard>> list_nearest(Store& store, const Value::Position& from, double radius_metres,
                                           std::size_t rows_max);

/// Where a list by row number goes on: below this number.
Result<RowNo> read_row_cursor(const PageRequest& request);
Bytes cursor_after(RowNo no);
/// The page that the request asks for of these rows, newest first, each once.
Result<Page> page_of_sorted(Store& store, std::vector<RowNo> rows, const PageRequest& request);

/// The card of a row, or nullopt when the record is gone. Errors: corrupt.
Result<std::optional<Card>> card_of(Store& store, RowNo no);
Result<Card> card_of(Store& store, const RecordRow& row, const RecordState& state);

}  // namespace doorstep
