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

/// The alternatives of a `value` or `once` field, the one to show first: greatest by (causal depth, dot), the same
/// on every replica. Empty when nothing was written.
std::vector<Alternative> alternatives(const FieldState& field);
/// Whether the field awaits a decision: several different live values of a kind that holds one.
bool in_conflict(const FieldState& field);
/// How many fields of the record await a decision.
std::uint32_t count_conflicts(const RecordState& state);
/// The elements of a set, ascending, each once, with the writes that added it.
std::vector<Alternative> elements(const FieldState& field);

}  // namespace doorstep
