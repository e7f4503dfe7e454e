// core/merge/conflict.hpp -- what to show of a field, and whether people disagree on it. Derived, never replicated.
#pragma once

#include <vector>

#include "core/merge/record_state.hpp"

namespace doorstep {

/// One of the values that stand for a field, and every write that says so: equal values are no disagreement.
struct Alternative {
    Value value;
    std::uint32_t depth = 0;  ///< the greatest among dots
    std::vector<Dot> dots;    ///< ascending, at least one
};

/// What a field of a kind that shows one value comes to, the one to show first. Empty when nothing was written, and for
/// a set or a log. `value`, `once`, `state` and unknown kinds: every different live value, the greatest by (causal
/// depth, dot) first, the same on every replica. `latest`: that first one alone. `max`, `min`: the greatest or smallest
/// live value; cleared only when nothing else is live. `count`: one integer, the sum of all live increments, exact
/// before it is cut off at the ends of 64 bits; what is no integer adds nothing.
std::vector<Alternative> alternatives(const FieldState& field);
/// The live values that the field's kind passes over (`latest`, `max`, `min`): in history, marked so.
std::vector<Alternative> overruled(const FieldState& field);
/// Whether the field awaits a decision: several different live values of a kind that keeps alternatives.
bool in_conflict(const FieldState& field);
/// How many decisions the record awaits: fields in conflict, and one more when it was deleted while somebody edited it.
/// A deleted record awaits none.
std::uint32_t count_conflicts(const RecordState& state);
/// What is stored beside a record to find it by: its conflicts, and one more when it may be shown together with another
/// (same_as.hpp), since only both tell. 0: it awaits no decision, whatever lies beside it.
std::uint32_t may_await(const RecordState& state);
/// The elements of a set, ascending, each once, with the writes that added it.
std::vector<Alternative> elements(const FieldState& field);

}  // namespace doorstep
