// server/access/throttle.hpp -- how long whoever guesses passwords waits. Never for ever: an account whose name
// somebody knows must not be his to close.
#pragma once

#include <algorithm>
#include <cstdint>

namespace doorstep::server {

/// Wrong tries since the last right one, and until when no further one is looked at. What comes earlier is refused
/// without being counted, so that a wait never grows by itself.
struct Tries {
    std::uint64_t wrong = 0, wait_until_ms = 0;

    bool wait(std::uint64_t now_ms) const { return now_ms < wait_until_ms; }
    Tries after_wrong(std::uint64_t now_ms) const;
};

inline constexpr std::uint64_t free_tries = 5;                    ///< mistyped
inline constexpr std::uint64_t try_wait_ms = 1'000;               ///< after the next, doubling with each
inline constexpr std::uint64_t try_wait_ms_max = 15 * 60 * 1000;  ///< some hundred guesses a day, of 10^6 codes alone

inline Tries Tries::after_wrong(std::uint64_t now_ms) const {
    constexpr std::uint64_t doublings_max = 10;
    const std::uint64_t next = wrong + 1;
    if (next < free_tries) return {next, 0};
    const std::uint64_t doublings = std::min(next - free_tries, doublings_max);
    return {next, now_ms + std::min(try_wait_ms << doublings, try_wait_ms_max)};
}

}  // namespace doorstep::server
