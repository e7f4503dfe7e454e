// A purge that does not ask whether everything was pushed must be caught by the run that looks for lost words.
#include <gtest/gtest.h>

#include "core/base/planted_bug.hpp"
#include "tests/unit/core/support/purge_run.hpp"

namespace doorstep::test {
namespace {

std::string first_fault(std::uint64_t seed_count) {
    for (std::uint64_t seed = 1; seed <= seed_count; ++seed) {
        PurgeRun run(seed);
        for (int n = 0; n < 60; ++n) run.step();
        if (std::string found = run.fault(); !found.empty()) return found;
    }
    return {};
}

TEST(PlantedPurge, PurgeBeforePushIsCaught) {
    planted_bug = PlantedBug::purge_before_push;
    const std::string found = first_fault(40);
    planted_bug = PlantedBug::none;
    EXPECT_NE(found.find("is lost"), std::string::npos) << found;
}

TEST(PlantedPurge, WithoutItTheSameRunsPass) { EXPECT_EQ(first_fault(10), ""); }

}  // namespace
}  // namespace doorstep::test
