// core/sync/range_search.hpp -- finds the intervals of a stream in which two sides differ, by comparing sums.
#pragma once

#include <cstdint>
#include <vector>

namespace doorstep {

/// Positions after + 1 … upto of a stream.
struct Span {
    std::uint64_t after = 0, upto = 0;
    friend bool operator==(const Span& a, const Span& b) { return a.after == b.after && a.upto == b.upto; }
};

/// Both sides keep the digest at every position, so the sum of any interval is the difference of two of them, and an
/// interval before it that differs does not disturb it. Each round divides what is suspicious into about 64 pieces:
/// two rounds find one commit among 100,000, three among 4,000,000. Threads: none.
class RangeSearch {
public:
    explicit RangeSearch(std::uint64_t upto);

    /// The points to ask about next, ascending; empty when the search is over.
    const std::vector<std::uint64_t>& points() const { return points_; }
    /// `intervals`: those between neighbouring points that differ, ascending.
    void take(const std::vector<std::uint32_t>& intervals);
    /// Once it is over: what differs, ascending, neighbours joined. Longer than need be where too much differs to be
    /// worth more rounds.
    std::vector<Span> found() const;

private:
    void divide();
    std::vector<Span> suspicious_, leaves_;
    std::vector<std::uint64_t> points_;
};

}  // namespace doorstep
