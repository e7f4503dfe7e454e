// Errors as values, and the one list of their codes.
#include "core/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "tests/unit/core/support/outcome.hpp"

namespace doorstep::test {
namespace {

Result<std::unique_ptr<int>> half(int v) {
    if (v % 2 != 0) return Error{Errc::invalid_argument, "odd"};
    return std::make_unique<int>(v / 2);
}

Result<int> quarter(int v) {
    DOORSTEP_TRY_ASSIGN(const std::unique_ptr<int> once, half(v));
    DOORSTEP_TRY_ASSIGN(const std::unique_ptr<int> twice, half(*once));
    return *twice;
}

Status divisible_by_4(int v) {
    DOORSTEP_TRY(quarter(v));
    return ok();
}

TEST(Result, HandsTheFirstErrorUp) {
    EXPECT_EQ(must(quarter(12)), 3);
    EXPECT_EQ(outcome(quarter(3)), "invalid_argument");
    EXPECT_EQ(quarter(6).error().detail, "odd");
    EXPECT_TRUE(succeeds(divisible_by_4(8)));
    EXPECT_EQ(outcome(divisible_by_4(10)), "invalid_argument");
}

TEST(ResultDeathTest, ReadingTheWrongOneAsserts) {
#ifdef NDEBUG
    GTEST_SKIP() << "asserts are off in this build";
#else
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(static_cast<void>(half(1).value()), "");
    EXPECT_DEATH(static_cast<void>(half(2).error()), "");
#endif
}

TEST(ErrorCodes, EveryNumberNamesItselfAndOthersAreUnknown) {
    const std::pair<int, Errc> codes[] = {
#define DOORSTEP_ERROR(number, name, zh, en) {number, Errc::name},
#include "core/base/error_codes.def"
#undef DOORSTEP_ERROR
    };
    std::set<int> numbers;
    for (const auto& [number, code] : codes) {
        numbers.insert(number);
        EXPECT_EQ(error_from_number(number), code);
        EXPECT_FALSE(error_name(code).empty());
        EXPECT_FALSE(error_advice(code, Language::zh_cn).empty());
        EXPECT_FALSE(error_advice(code, Language::en).empty());
    }
    for (int number = -3; number < 300; ++number)
        EXPECT_EQ(error_from_number(number).has_value(), numbers.count(number) == 1) << number;
    EXPECT_EQ(error_name(Errc::disk_full), "disk_full");
    EXPECT_EQ(error_name(static_cast<Errc>(12'345)), "internal");
    EXPECT_EQ(error_advice(static_cast<Errc>(12'345), Language::en), error_advice(Errc::internal, Language::en));
}

}  // namespace
}  // namespace doorstep::test
