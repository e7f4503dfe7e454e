// tests/sim/report.hpp -- what a run or a swarm came to, for people, and as one line of JSON for programs.
#pragma once

#include <string>

#include "tests/sim/swarm.hpp"

namespace doorstep::sim {

std::string describe(const SwarmResult& result);
std::string json_line(const SwarmResult& result);
/// Which invariants are checked, how often, and what the others wait for.
std::string describe_invariants(const Tally& tally);

}  // namespace doorstep::sim
