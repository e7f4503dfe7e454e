// core/engine/view.hpp -- a record as people look at it: every value with who wrote it, when, and on which device.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/engine/erase.hpp"
#include "core/engine/group.hpp"
#include "core/merge/conflict.hpp"

namespace doorstep {

/// Where a write comes from. Unknown (author empty) when its commit is not here.
struct Trace {
    Dot dot;
    std::string author;
    std::uint64_t wall_ms = 0;  ///< the author's device clock, corrected by what the device believed to be off
};

struct ValueView {
    Value value;
    std::vector<Trace> traces;  ///< of each write that says so, at least one
    std::vector<Dot> dots;      ///< the same writes, ascending: what `seen` of an edit takes
};

struct FieldView {
    std::uint32_t field = 0;
    Kind kind = Kind::value;
    bool conflict = false;                  ///< `values` are alternatives that await a decision
    std::vector<ValueView> values;          ///< set: elements; log: lines by time; any other kind: the shown one first
    std::optional<std::string> suggestion;  ///< of two texts in conflict: see suggestion.hpp
    std::vector<ValueView> overruled;       ///< latest, max, min: live values that the kind passes over
};

/// One record, or several that are the same thing: then `record`, `type` and `area` are the survivor's, and the fields
/// hold what was written to any of them.
struct RecordView {
    RecordId record;
    std::uint32_t type = 0;
    Area area;
    std::uint32_t conflicts = 0;  ///< decisions awaited
    Existence existence = Existence::alive;
    std::optional<Area> moved_to;   ///< it is looked after there and no longer here, where that area is out of sight
    std::vector<RecordId> members;  ///< ascending; `record` alone, or each that is the same thing
    std::vector<FieldView> fields;  ///< ascending by field; those that were ever written and hold something

    const FieldView* field(std::uint32_t id) const;  ///< nullptr when it holds nothing
    /// The shown text of a field, or "" when there is none.
    std::string_view text(std::uint32_t id) const;
};

Result<RecordView> view_record(Store& store, const RecordRow& row);
/// Each once, where its survivor stands; deleted ones too, and what was moved away.
Result<std::vector<RecordView>> view_records(Store& store, const std::vector<RecordRow>& rows);
/// The newest of one type, as many as are asked for where there are so many. type 0: any.
Result<std::vector<RecordView>> list_views(Store& store, std::uint32_t type, std::size_t rows_max);
/// The record of this id, or the survivor of those that are the same thing. Errors: not_found.
Result<RecordView> read_record(Store& store, const RecordId& record);
/// The records that await a decision, newest first.
Result<std::vector<RecordView>> view_conflicts(Store& store, std::size_t rows_max);

/// One earlier or present value of one record, as its history shows it.
struct HistoryEntry {
    RecordId record;  ///< of those that are the same thing, the one that was written to
    Trace trace;
    std::uint32_t field = 0;
    Kind kind = Kind::value;
    Op::Action action = Op::Action::put;
    Value value;
    bool live = false;       ///< false: superseded, kept as history
    bool overruled = false;  ///< live, but passed over by the field's kind: nobody saw it and replaced it
    bool held = false;       ///< the office holds it: not applied
    /// Of an entry of reserved_field::erasures: words stood here and were erased. The trace says who carried it out.
    std::optional<ErasureNote> erased = {};
};

/// Every write that is here to the record and to those that are the same thing, oldest first: nobody's words are lost,
/// whatever stands in the fields now.
Result<std::vector<HistoryEntry>> record_history(Store& store, const RecordId& record);

}  // namespace doorstep
