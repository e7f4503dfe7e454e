#include "core/clock/hlc.hpp"

namespace doorstep {

constexpr std::uint64_t wall_ms_end = std::uint64_t{1} << 48;

Hlc HlcClock::next(std::uint64_t now_ms) {
    if (now_ms >= wall_ms_end) now_ms = 0;  // a nonsense wall clock: go on counting from the last
    if (now_ms > last_.wall_ms)
        last_ = {now_ms, 0};
    else if (last_ < Hlc::unpack(~std::uint64_t{0}))  // the end of time is not passed
        last_ = Hlc::unpack(last_.packed() + 1);
    return last_;
}

void HlcClock::observe(Hlc remote, std::uint64_t now_ms) {
    if (remote.wall_ms > now_ms && remote.wall_ms - now_ms > drift_ms_max_) return;
    if (last_ < remote) last_ = remote;
}

}  // namespace doorstep
