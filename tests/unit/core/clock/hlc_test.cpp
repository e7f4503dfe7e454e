// The hybrid logical clock: never backwards, never dragged into the future, never an obstacle.
#include "core/clock/hlc.hpp"

#include <gtest/gtest.h>

namespace doorstep {

static void PrintTo(const Hlc& hlc, std::ostream* out) { *out << "{" << hlc.wall_ms << ", " << hlc.counter << "}"; }

namespace test {
namespace {

constexpr std::uint64_t wall_ms_end = std::uint64_t{1} << 48;

TEST(Hlc, ObserveThenNext) {
    struct Row {
        const char* name;
        Hlc last, remote;
        std::uint64_t now_ms;
        Hlc next;
    };
    const Row rows[] = {{"wall clock went backwards", {100, 7}, {90, 0}, 50, {100, 8}},
                        {"wall clock stands still", {100, 7}, {90, 0}, 100, {100, 8}},
                        {"wall clock went on", {100, 7}, {90, 0}, 101, {101, 0}},
                        {"remote is ahead within the limit", {100, 0}, {110, 4}, 105, {110, 5}},
                        {"remote in the same ms", {100, 3}, {100, 9}, 100, {100, 10}},
                        {"remote is behind", {100, 3}, {100, 2}, 100, {100, 4}},
                        {"remote exactly at drift limit", {100, 0}, {1120, 0}, 120, {1120, 1}},
                        {"remote one ms past the limit", {100, 0}, {1121, 0}, 120, {120, 0}},
                        {"remote at the end of time is ignored", {100, 0}, {wall_ms_end - 1, 65535}, 120, {120, 0}},
                        {"a device that believes in 1970", {100, 0}, {1000, 0}, 0, {1000, 1}},
                        {"counter full carries", {100, 65535}, {100, 0}, 100, {101, 0}},
                        {"counter full of the remote carries", {100, 0}, {100, 65535}, 100, {101, 0}}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        HlcClock clock(row.last, /*drift_ms_max=*/1'000);
        clock.observe(row.remote, row.now_ms);
        EXPECT_EQ(clock.next(row.now_ms), row.next);
        EXPECT_EQ(clock.last(), row.next);
    }
}

TEST(Hlc, ANonsenseWallClockOnlyCountsOn) {
    for (const std::uint64_t nonsense : {wall_ms_end, wall_ms_end + 1, ~std::uint64_t{0}, std::uint64_t{0}}) {
        HlcClock clock({100, 0});
        EXPECT_EQ(clock.next(nonsense), (Hlc{100, 1}));
    }
}

TEST(Hlc, IsStrictlyAscendingWhateverTheWallClockDoes) {
    HlcClock clock(Hlc{});
    Hlc before;
    std::uint64_t wall = 7;
    for (int i = 0; i < 300'000; ++i) {
        wall = wall * 6364136223846793005U + 1442695040888963407U;
        const Hlc now = clock.next(i % 3 == 0 ? 5'000 : (wall >> 40) % 6'000);
        ASSERT_TRUE(before < now);
        before = now;
    }
}

// A device whose clock stands at the last millisecond that fits can still save 65,536 times and more.
TEST(Hlc, DoesNotWrapAroundAtTheEndOfTime) {
    HlcClock clock({wall_ms_end - 1, 65535});
    const Hlc before = clock.last();
    EXPECT_FALSE(clock.next(0) < before);
}

TEST(Hlc, PacksAndUnpacks) {
    for (const Hlc hlc : {Hlc{0, 0}, Hlc{0, 1}, Hlc{1, 0}, Hlc{wall_ms_end - 1, 65535}, Hlc{1'763'700'000'000, 42}})
        EXPECT_EQ(Hlc::unpack(hlc.packed()), hlc);
    EXPECT_LT((Hlc{1, 65535}).packed(), (Hlc{2, 0}).packed());
}

}  // namespace
}  // namespace test
}  // namespace doorstep
