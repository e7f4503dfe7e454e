// A purge that does not ask whether everything was pushed must be caught by the run that looks for lost words.
#include <gtest/gtest.h>

#include <stdexcept>

#include "core/base/planted_bug.hpp"
#include "tests/unit/core/support/purge_run.hpp"

namespace doorstep::test {
namespace {

std::string first_fault(std::uint64_t seed_count) {
    for (std::uint64_t seed = 1; seed <= seed_count; ++seed) {
        PurgeRun run(seed);
        try {
            for (int n = 0; n < 60; ++n) run.step();
            if (std::string found = run.fault(); !found.empty()) return found;
        } catch (const std::runtime_error& failed) {  // a call that nothing excuses
            return failed.what();
        }
    }
    return {};
}

TEST(PlantedPurge, PurgeBeforePushIsCaught) {
    struct Planted {
        Planted() { planted_bug = PlantedBug::purge_before_push; }
        ~Planted() { planted_bug = PlantedBug::none; }
    } planted_here;
    const std::string found = first_fault(40);
    EXPECT_NE(found.find("lacks a part"), std::string::npos)
        << found << ": its words are gone, only headers are pushed";
}

TEST(PlantedPurge, WithoutItTheSameRunsPass) { EXPECT_EQ(first_fault(10), ""); }

}  // namespace
}  // namespace doorstep::test
