// Whatever else happens around it: what was erased is nowhere, what was not is there, and everybody agrees.
#include <gtest/gtest.h>

#include "tests/unit/core/support/erasure_run.hpp"

namespace doorstep::test {
namespace {

TEST(ErasureProperty, ErasedWordsAreNowhereAndOthersEverywhere) {
    const Seeds range = seeds(25);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        ErasureRun run(seed);
        for (int n = 0; n < 80; ++n) run.step();
        ASSERT_EQ(run.fault(), "");
    }
}

}  // namespace
}  // namespace doorstep::test
