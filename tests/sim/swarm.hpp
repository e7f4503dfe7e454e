// tests/sim/swarm.hpp -- many seeds, over several processes, and what they come to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/run.hpp"

namespace doorstep::sim {

struct Swarm {
    std::uint64_t first = 1, seeds = 100;
    Scale scale;
    std::uint32_t processes = 2;
    std::uint32_t failures_max = 3;  ///< then it stops
};

struct Failure {
    std::uint64_t seed = 0;
    int invariant = 0;
    std::string what;
};

struct SwarmResult {
    std::uint64_t seeds = 0;
    Tally tally;
    std::vector<Failure> failures;
    double seconds = 0;
};

/// Runs them all; stops early when enough have failed. One seed in fifty runs twice and must leave the same trace (23),
/// one in fifty also under other clocks and must come to the same (17).
SwarmResult run_swarm(const Swarm& swarm);
/// One seed with those further checks.
Outcome run_seed(std::uint64_t seed, const Scale& scale);

}  // namespace doorstep::sim
