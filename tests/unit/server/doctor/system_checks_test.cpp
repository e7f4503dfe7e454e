// What of the doctor's checks cannot be broken from outside: a clock that stands wrong, a limit for any number.
#include "server/doctor/system_checks.hpp"

#include <gtest/gtest.h>

namespace doorstep::server::doctor {
namespace {

TEST(DoctorClock, StandsBehindWhatWasWritten) {
    constexpr std::uint64_t now_ms = 1'795'000'000'000, minutes_2 = 120'000;
    struct Row {
        const char* name;
        std::uint64_t now_ms, known_ms;
        bool fails;
    };
    const Row rows[] = {{"nothing known", now_ms, 0, false},
                        {"known to the millisecond", now_ms, now_ms, false},
                        {"put back by two minutes", now_ms, now_ms + minutes_2, false},
                        {"put back by more", now_ms, now_ms + minutes_2 + 1, true},
                        {"years ahead", now_ms * 2, now_ms, false},
                        {"1970", 0, 0, true},
                        {"the last moment of 2025", 1'767'225'599'999, 0, true},
                        {"the first of 2026", 1'767'225'600'000, 0, false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Finding found = check_clock(row.now_ms, row.known_ms);
        EXPECT_EQ(found.verdict == Verdict::fail, row.fails) << found.says;
    }
}

TEST(DoctorDescriptors, AreOneAConnectionAndSomeBeside) {
    EXPECT_EQ(check_descriptors(1).verdict, check_descriptors(2).verdict);
    EXPECT_EQ(check_descriptors(1'000'000'000).verdict, Verdict::warn);
}

TEST(DoctorPort, IsAnAddressOfThisMachine) {
    EXPECT_EQ(check_port("127.0.0.1", 0).verdict, Verdict::ok);
    EXPECT_EQ(check_port("192.0.2.1", 0).verdict, Verdict::fail);
    EXPECT_EQ(check_port("nowhere", 0).verdict, Verdict::fail);
}

TEST(DoctorDisk, IsAskedWhereTheFolderLies) {
    EXPECT_NE(check_disk("/").says, "");
    EXPECT_EQ(check_disk("/nowhere/at/all").verdict, Verdict::fail);
}

}  // namespace
}  // namespace doorstep::server::doctor
