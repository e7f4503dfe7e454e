// mobile-bridge/cli/result.hpp -- errors as values, with the codes of doorstep.h.
#pragma once

#include <cassert>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "mobile-bridge/include/doorstep.h"

namespace doorstep::cli {

/// Whether doing the same again at once makes sense.
enum class Retry { no, once };

/// Why a command failed. `detail` never holds what a person wrote.
struct [[nodiscard]] Failure {
    ds_status code = DS_INTERNAL;
    std::string detail;
    Retry retry = Retry::no;
    std::string found = {};  ///< JSON of what the command found out all the same; "" for most
};

/// A value or a Failure; reading the wrong one asserts.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}            // implicit: `return value;`
    Result(Failure failure) : v_(std::in_place_index<1>, std::move(failure)) {}  // implicit: `return Failure{...};`
    explicit operator bool() const noexcept { return v_.index() == 0; }
    T& value() & {
        assert(*this);
        return *std::get_if<0>(&v_);
    }
    const T& value() const& {
        assert(*this);
        return *std::get_if<0>(&v_);
    }
    T value() && {
        assert(*this);
        return std::move(*std::get_if<0>(&v_));
    }
    const Failure& failure() const {
        assert(!*this);
        return *std::get_if<1>(&v_);
    }

private:
    std::variant<T, Failure> v_;
};

using Status = Result<std::monostate>;
inline Status ok() { return std::monostate{}; }

// Hands a failure to the caller, or goes on. One statement each; `DOORSTEP_TRY_ASSIGN(auto x, f())` declares x.
#define DOORSTEP_CONCAT_INNER(a, b) a##b
#define DOORSTEP_CONCAT(a, b) DOORSTEP_CONCAT_INNER(a, b)
#define DOORSTEP_TRY(expression)                                                          \
    do {                                                                                  \
        auto doorstep_status = (expression);                                              \
        if (!doorstep_status) return ::doorstep::cli::Failure(doorstep_status.failure()); \
    } while (false)
#define DOORSTEP_TRY_ASSIGN(target, expression) \
    DOORSTEP_TRY_ASSIGN_IN(DOORSTEP_CONCAT(doorstep_result_, __LINE__), target, expression)
#define DOORSTEP_TRY_ASSIGN_IN(result, target, expression)          \
    auto result = (expression);                                     \
    if (!result) return ::doorstep::cli::Failure(result.failure()); \
    target = std::move(result).value()

}  // namespace doorstep::cli
