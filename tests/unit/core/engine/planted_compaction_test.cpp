// Two bugs that a compaction must not have, planted: each must be caught by the scene that looks for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/planted_bug.hpp"
#include "tests/unit/core/support/compaction_run.hpp"

namespace doorstep::test {
namespace {

using testing::HasSubstr;

struct Planted {
    explicit Planted(PlantedBug bug) { planted_bug = bug; }
    ~Planted() { planted_bug = PlantedBug::none; }
};

TEST(PlantedCompaction, WordsThatLeaveBeforeTheArchiveHasThemAreCaught) {
    const Planted here(PlantedBug::archive_late);
    EXPECT_THAT(lost_on_a_broken_disk(), HasSubstr("archive_lacks"));
}

TEST(PlantedCompaction, APhoneThatIsNotWaitedForIsCaught) {
    const Planted here(PlantedBug::archive_unasked);
    EXPECT_THAT(archived_too_early(), HasSubstr("instead of wang's two"));
}

TEST(PlantedCompaction, WithoutThemTheSameScenesPass) {
    EXPECT_EQ(lost_on_a_broken_disk(), "");
    EXPECT_EQ(archived_too_early(), "");
}

}  // namespace
}  // namespace doorstep::test
