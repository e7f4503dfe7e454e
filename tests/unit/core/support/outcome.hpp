// tests/unit/core/support/outcome.hpp -- what a call came to, in words that a failing test can print.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "core/base/result.hpp"

namespace doorstep::test {

/// "ok", or the name of the error: EXPECT_EQ(outcome(x), "malformed").
template <class T>
std::string outcome(const Result<T>& result) {
    return result ? "ok" : std::string(error_name(result.error().code));
}

/// For ASSERT_TRUE(succeeds(x)): prints the error with its detail.
template <class T>
testing::AssertionResult succeeds(const Result<T>& result) {
    if (result) return testing::AssertionSuccess();
    return testing::AssertionFailure() << outcome(result) << ": " << result.error().detail;
}

/// The value. An error ends the test here (GoogleTest reports the exception), so that set-up reads straight on.
template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(outcome(result) + ": " + result.error().detail);
    return std::move(result).value();
}

}  // namespace doorstep::test
