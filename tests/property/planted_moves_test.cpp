// Two bugs that moves must not have, planted: the run that compares with a brute force must see them.
#include <gtest/gtest.h>

#include "core/base/planted_bug.hpp"
#include "tests/property/move_run.hpp"

namespace doorstep::test {
namespace {

std::string first_fault(PlantedBug bug, std::uint64_t seed_count) {
    planted_bug = bug;
    std::string found;
    for (std::uint64_t seed = 1; seed <= seed_count && found.empty(); ++seed)
        found = MoveRun::whole(seed, MoveRun::Restores::none).fault;
    planted_bug = PlantedBug::none;
    return found;
}

TEST(PlantedMoves, ACopyThatCountsAsTheOfficesOwnWriteIsCaught) {
    EXPECT_NE(first_fault(PlantedBug::carry_under_new_dot, 20), "");
}

TEST(PlantedMoves, AnEditThatStaysWhereTheRecordStoodIsCaught) {
    const std::string found = first_fault(PlantedBug::late_edit_stays, 20);
    EXPECT_NE(found.find("where it stands is not all that was saved"), std::string::npos) << found;
}

TEST(PlantedMoves, WithoutThemTheSameRunsPass) { EXPECT_EQ(first_fault(PlantedBug::none, 20), ""); }

}  // namespace
}  // namespace doorstep::test
