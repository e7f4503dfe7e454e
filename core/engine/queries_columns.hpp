// core/engine/queries_columns.hpp -- what the projection keeps of a record's state.
#pragma once

#include "core/engine/fold.hpp"
#include "core/store/projection.hpp"

namespace doorstep {

/// The value of a field that is shown first; nullptr when none is. Lives as long as the state.
const Value* shown_value(const RecordState& state, std::uint32_t field);
/// Field 16 of the types that name a household; 0 for those that do not.
std::uint32_t household_field(std::uint32_t type);
Columns columns_of(const RecordState& state);
/// Where a record was moved to from this stream, as the stream itself knows it; nullopt: it stands here.
Result<std::optional<Area>> left_for_area(Store& store, StreamNo stream, const RecordState& state);
/// Of a record whose every op puts a value, at most one a field that holds one.
Columns columns_of(const RecordOps& ops);

/// What lists look at: of a record that was moved away from this stream only that it is there.
Result<Columns> columns_in(Store& store, StreamNo stream, const RecordState& state);

/// Writes what the projection keeps of a record that was written.
Status project(Store& store, const RecordKey& key, const RecordState& state);
/// The same of a record that one commit made and no other wrote to; each of its ops puts a value.
Status project(Store& store, StreamNo stream, const RecordOps& ops);
/// One step for an idle moment: brings at most rows_max changes into the indexes that are made late
/// (core/store/projection_late.hpp). How many still wait.
Result<std::size_t> settle_columns(Store& store, std::size_t rows_max);
/// Makes the projection again from the records, but for the indexes that are made late. The caller holds a transaction.
Status rebuild_projection(Store& store);

}  // namespace doorstep
