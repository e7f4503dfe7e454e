// core/engine/acts.hpp -- what a person does to a whole record: delete it, bring it back, say that two are the same.
// Each is an edit like any other, on a field that every record has (reserved_field.hpp).
#pragma once

#include "core/engine/compose.hpp"

namespace doorstep {

/// Deletes the record, and those that are the same thing: names every live write that is here. Whatever this replica
/// has not seen keeps the record. Errors: not_found.
Result<std::vector<RecordEdit>> removal(Store& store, const RecordId& record);
/// Takes back every delete that is here. Errors: not_found.
Result<std::vector<RecordEdit>> restoration(Store& store, const RecordId& record);

/// Says that the two records are the same thing (put), or no longer that they are (remove): a link at both ends.
/// Errors: not_found; invalid_argument when they are one record or of two types.
Result<std::vector<RecordEdit>> sameness(Store& store, const RecordId& a, const RecordId& b, Op::Action action);

}  // namespace doorstep
