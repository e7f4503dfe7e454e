// tests/sim/share.hpp -- work in several processes: each its own memory, disks and SQLite, so that runs stay
// deterministic.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace doorstep::sim {

/// Runs the work once in each of so many processes; the text that each returned, in their order. A process that died
/// returned "".
std::vector<std::string> in_processes(std::uint32_t processes,
                                      const std::function<std::string(std::uint32_t share)>& work);

}  // namespace doorstep::sim
