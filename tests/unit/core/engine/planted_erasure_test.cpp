// Two bugs that an erasure must not have, planted: each must be caught by the runs that look for erased words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "core/base/planted_bug.hpp"
#include "tests/unit/core/support/erasure_run.hpp"

namespace doorstep::test {
namespace {

using testing::HasSubstr;

std::string first_fault(std::uint64_t seed_count) {
    for (std::uint64_t seed = 1; seed <= seed_count; ++seed) {
        ErasureRun run(seed);
        try {
            for (int n = 0; n < 60; ++n) run.step();
            if (std::string found = run.fault(); !found.empty()) return found;
        } catch (const std::runtime_error& failed) {  // a call that nothing excuses
            return failed.what();
        }
    }
    return {};
}

struct Planted {
    explicit Planted(PlantedBug bug) { planted_bug = bug; }
    ~Planted() { planted_bug = PlantedBug::none; }
};

TEST(PlantedErasure, WordsThatComeBackAreCaught) {
    const Planted here(PlantedBug::erased_comes_back);
    EXPECT_THAT(first_fault(20), HasSubstr("is left"));
}

TEST(PlantedErasure, WordsThatStayInTheLogAreCaught) {
    const Planted here(PlantedBug::erase_keeps_log);
    EXPECT_THAT(first_fault(20), HasSubstr("is left"));
}

TEST(PlantedErasure, WithoutThemTheSameRunsPass) { EXPECT_EQ(first_fault(5), ""); }

}  // namespace
}  // namespace doorstep::test
