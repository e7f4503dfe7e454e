// libFuzzer's entry for one target, named by DOORSTEP_FUZZ_TARGET when this is compiled.
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/target.hpp"

namespace {

const doorstep::fuzz::Target& chosen() {
    static const doorstep::fuzz::Target* const target = doorstep::fuzz::find_target(DOORSTEP_FUZZ_TARGET);
    if (!target) std::abort();
    return *target;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen().look({reinterpret_cast<const char*>(data), size});
    return 0;
}
