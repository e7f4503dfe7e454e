// core/base/civil_date.hpp -- days since 1970-01-01 to and from YYYY-MM-DD in the Gregorian calendar.
#pragma once

#include <cstdint>

#include "core/base/result.hpp"

namespace doorstep {

/// "2026-11-21" to days since 1970-01-01. Years 1900 … 2199, real dates only. Errors: invalid_argument.
Result<std::int64_t> parse_date(std::string_view iso);
/// The reverse of parse_date, for any day of the years 0 … 9999.
std::string format_date(std::int64_t days);

}  // namespace doorstep
