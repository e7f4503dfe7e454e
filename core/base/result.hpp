// core/base/result.hpp -- errors as values: a closed code for machines, a sentence for people.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace doorstep {

/// Every error a caller can meet. Numbers are stable for ever: they cross the C ABI and the wire (error_codes.def).
enum class Errc : int {
#define DOORSTEP_ERROR(number, name, zh, en) name = number,
#include "core/base/error_codes.def"
#undef DOORSTEP_ERROR
};

enum class Language { zh_cn, en };

/// The code's name as it stands in error_codes.def, such as "disk_full".
std::string_view error_name(Errc code);
/// What a person should do next. Never holds case data.
std::string_view error_advice(Errc code, Language language);
/// The code behind a number from the wire or the ABI; nullopt when this version does not know it.
std::optional<Errc> error_from_number(int number);

/// Why a call failed. `detail` may be logged: it never holds what a person wrote.
struct [[nodiscard]] Error {
    Errc code = Errc::internal;
    std::string detail;
};

/// A value or an Error; reading the wrong one asserts.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}      // implicit: `return value;`
    Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}  // implicit: `return Error{...};`
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
    const Error& error() const {
        assert(!*this);
        return *std::get_if<1>(&v_);
    }

private:
    std::variant<T, Error> v_;
};

/// The result of a call that yields nothing but success.
using Status = Result<std::monostate>;
inline Status ok() { return std::monostate{}; }

// Hands an error to the caller, or goes on. One statement each; `DOORSTEP_TRY_ASSIGN(auto x, f())` declares x.
#define DOORSTEP_CONCAT_INNER(a, b) a##b
#define DOORSTEP_CONCAT(a, b) DOORSTEP_CONCAT_INNER(a, b)
#define DOORSTEP_TRY(expression)                                                 \
    do {                                                                         \
        auto doorstep_status = (expression);                                     \
        if (!doorstep_status) return ::doorstep::Error(doorstep_status.error()); \
    } while (false)
#define DOORSTEP_TRY_ASSIGN(target, expression) \
    DOORSTEP_TRY_ASSIGN_IN(DOORSTEP_CONCAT(doorstep_result_, __LINE__), target, expression)
#define DOORSTEP_TRY_ASSIGN_IN(result, target, expression) \
    auto result = (expression);                            \
    if (!result) return ::doorstep::Error(result.error()); \
    target = std::move(result).value()

}  // namespace doorstep
