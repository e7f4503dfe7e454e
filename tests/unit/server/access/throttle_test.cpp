#include "server/access/throttle.hpp"

#include <gtest/gtest.h>

namespace doorstep::server {
namespace {

TEST(Throttle, WaitsGrowAndEnd) {
    struct Row {
        std::uint64_t wrong, wait_ms;
    };
    constexpr std::uint64_t now_ms = 1'000'000;
    for (const Row& row : {Row{0, 0}, Row{3, 0}, Row{4, 1'000}, Row{5, 2'000}, Row{6, 4'000}, Row{13, 512'000},
                           Row{14, try_wait_ms_max}, Row{1'000'000, try_wait_ms_max}}) {
        const Tries next = Tries{row.wrong, 0}.after_wrong(now_ms);
        EXPECT_EQ(next.wrong, row.wrong + 1);
        EXPECT_EQ(next.wait_until_ms, row.wait_ms == 0 ? 0 : now_ms + row.wait_ms) << row.wrong;
        EXPECT_EQ(next.wait(now_ms), row.wait_ms > 0);
        EXPECT_FALSE(next.wait(now_ms + row.wait_ms));
    }
}

}  // namespace
}  // namespace doorstep::server
