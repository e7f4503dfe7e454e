// Where core is built alone, there is no C ABI to fuzz.
#include "tests/fuzz/target.hpp"

namespace doorstep::fuzz {

std::vector<Target> abi_targets() { return {}; }
std::vector<Seed> abi_seeds() { return {}; }

}  // namespace doorstep::fuzz
