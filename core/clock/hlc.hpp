// core/clock/hlc.hpp -- hybrid logical clock: orders edits for display when wall clocks disagree.
// Advisory: it never decides whose words survive, never refuses and never blocks (docs/sync-protocol.md).
#pragma once

#include <cstdint>

#include "core/base/limits.hpp"

namespace doorstep {

/// One timestamp. Packed: 48 bits wall_ms, then 16 bits counter.
struct Hlc {
    std::uint64_t wall_ms = 0;  ///< ms since 1970-01-01T00:00Z; below 2^48
    std::uint16_t counter = 0;  ///< ticks within wall_ms

    std::uint64_t packed() const { return wall_ms << 16 | counter; }
    static Hlc unpack(std::uint64_t packed) { return {packed >> 16, static_cast<std::uint16_t>(packed & 0xffff)}; }
    friend bool operator==(const Hlc& a, const Hlc& b) { return a.packed() == b.packed(); }
    friend bool operator<(const Hlc& a, const Hlc& b) { return a.packed() < b.packed(); }
};

/// Issues timestamps that never go backwards, even when the wall clock does.
/// Source: Kulkarni et al., "Logical Physical Clocks", 2014; the counter's width is ours.
/// Threads: none. One clock belongs to one store, whose owner serialises calls.
/// Time is an argument, never read here, so tests and the simulator choose it.
class HlcClock {
public:
    explicit HlcClock(Hlc last, std::uint64_t drift_ms_max = limits::clock_drift_ms_max)
        : last_(last), drift_ms_max_(drift_ms_max) {}
    /// Greater than every Hlc issued or observed before; a full counter carries into wall_ms. Never fails.
    Hlc next(std::uint64_t now_ms);
    /// Raises the clock to remote. A remote over drift_ms_max ahead of now_ms is ignored, never refused: one bad
    /// phone must neither drag every other clock into the future nor block their sync.
    void observe(Hlc remote, std::uint64_t now_ms);
    Hlc last() const { return last_; }

private:
    Hlc last_;
    std::uint64_t drift_ms_max_;
};

}  // namespace doorstep
