// tests/sim/exhaustive.hpp -- small scope, all of it: three phones, one record, four acts each, in every order.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/town.hpp"

namespace doorstep::sim {

struct Exhaustive {
    std::uint64_t every = 1;  ///< of the orders in turn only each such one
    std::uint32_t processes = 2;
};

struct ExhaustiveResult {
    std::uint64_t orders = 0, failures = 0;
    std::string first_failure;
    double seconds = 0;
};

/// Every interleaving of three programs of four acts, up to which phone is which. After each order everybody
/// synchronises and every check of a quiescent town follows.
ExhaustiveResult run_exhaustive(const Exhaustive& scope);

}  // namespace doorstep::sim
