// tests/sim/invariants.hpp -- the invariants of the synchronisation, by their numbers in docs/simulation.md, as checks.
#pragma once

#include <string_view>
#include <vector>

#include "tests/sim/town.hpp"

namespace doorstep::sim {

/// How an invariant is checked, or what it waits for.
struct InvariantRow {
    int number;
    std::string_view says, how;
    enum class State : std::uint8_t { here, elsewhere, waits } state;
};
const std::vector<InvariantRow>& invariants();

/// Everything that holds of one replica at any moment, judged from its own log: the model of the oracle against its
/// records (2 3 4), causal order (7), whole commits (8), fold(log) = state (6 13), scope (15), traces (25).
enum class OrderIs { sure, unsure };  ///< unsure: causes may be missing for a while
void check_phone(Town& town, Device& device, OrderIs order);

/// Faults have stopped: everybody synchronises, at most this often (20).
void heal(Town& town);
/// After heal(): nothing kept is missing (2 16), everybody has the same (1 12).
void check_quiescent(Town& town);

/// After heal(): every intent that the office has is answered, once (14).
void check_outcomes(Town& town);

/// After heal(): attachments are whole or not there, and here when they are there (24).
void check_attachments(Town& town, Device& device);

/// What people see in the end, in terms of saves alone: the same whatever the clocks said (17).
Hash outcome_of(Town& town);

}  // namespace doorstep::sim
