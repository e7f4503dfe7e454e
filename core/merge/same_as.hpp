// core/merge/same_as.hpp -- records that are the same thing: their links, and what they come to when looked at as one.
#pragma once

#include <vector>

#include "core/merge/record_state.hpp"

namespace doorstep {

/// The records that this one says it is the same as, ascending. More than limits::same_as_max count as none: no honest
/// hand made them.
std::vector<RecordId> links(const RecordState& state);
/// Whether each of the two holds the link to the other.
bool linked(const RecordId& a, const RecordState& state_a, const RecordId& b, const RecordState& state_b);

/// The live writes of all of them, field by field, as if they were one record's: to look at and to compose an edit
/// from, never to store. Superseded dots are left out, since each holds for its own record alone.
RecordState join(const std::vector<const RecordState*>& records);

}  // namespace doorstep
