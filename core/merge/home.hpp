// core/merge/home.hpp -- where a record belongs once it was moved.
#pragma once

#include <optional>

#include "core/merge/record_state.hpp"

namespace doorstep {

/// The area that the record was moved to last; nullopt: it never was, and belongs where it lies. Of two moves that did
/// not know of each other the greatest by (causal depth, dot) counts, the same everywhere.
std::optional<Area> home_of(const RecordState& state);

/// Whether both know of one move, standing or superseded. Only the office writes these: so they are one record in two
/// streams, and not two that somebody gave one id.
bool share_a_move(const RecordState& a, const RecordState& b);

}  // namespace doorstep
