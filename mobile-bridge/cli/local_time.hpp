// mobile-bridge/cli/local_time.hpp -- milliseconds since 1970-01-01T00:00Z to and from the clock on the wall.
#pragma once

#include <cstdint>
#include <string>

#include "mobile-bridge/cli/result.hpp"

namespace doorstep::cli {

std::int64_t system_now_ms();
/// "2026-11-21 23:08" in this machine's time zone; the number itself where no calendar has it.
std::string local_time(std::int64_t ms);
/// "2026-11-21 23:08", "2026-11-21T23:08" (local) or milliseconds. Errors: invalid_argument.
Result<std::int64_t> parse_time(const std::string& typed);

}  // namespace doorstep::cli
