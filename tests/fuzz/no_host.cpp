// Where core is built alone, there is neither the C ABI nor what its hosts use.
#include "tests/fuzz/target.hpp"

namespace doorstep::fuzz {

std::vector<Target> abi_targets() { return {}; }
std::vector<Target> host_targets() { return {}; }
std::vector<Seed> abi_seeds() { return {}; }
std::vector<Seed> host_seeds() { return {}; }

}  // namespace doorstep::fuzz
