// tests/sim/run.hpp -- one run: a plan, performed from the first action to the last check.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "tests/sim/town.hpp"

namespace doorstep::sim {

/// What the clocks of the phones show, whatever the plan says (invariant 17).
enum class Clocks : std::uint8_t { as_planned, permuted };

struct Outcome {
    std::optional<Violation> violation;
    std::size_t at_action = 0;  ///< where it showed: actions.size() in the healing
    Tally tally;
    Hash trace;
    Hash outcome;  ///< what people see in the end (invariants.hpp)
};

/// Deterministic: the same plan gives the same outcome. Never throws. `log`: told each action before it is performed.
Outcome run(const Plan& plan, Clocks clocks = Clocks::as_planned, std::ostream* log = nullptr);

}  // namespace doorstep::sim
