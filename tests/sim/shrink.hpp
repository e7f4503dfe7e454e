// tests/sim/shrink.hpp -- from a plan that fails to a short one that fails in the same way.
#pragma once

#include "tests/sim/run.hpp"

namespace doorstep::sim {

/// Leaves out actions, and then faults, as long as the same invariant breaks (delta debugging: Zeller and Hildebrandt,
/// "Simplifying and Isolating Failure-Inducing Input", 2002). At most `runs_max` runs.
Plan shrink(const Plan& plan, const Outcome& failure, std::size_t runs_max = 400);

}  // namespace doorstep::sim
