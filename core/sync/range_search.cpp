#include "core/sync/range_search.hpp"

#include <algorithm>

namespace doorstep {
namespace {

constexpr std::uint64_t pieces_max = 64;
// An interval this short is not worth a round of its own: its commits are named or sent whole.
constexpr std::uint64_t leaf_positions = 32;

}  // namespace

RangeSearch::RangeSearch(std::uint64_t upto) {
    if (upto > 0) suspicious_.push_back({0, upto});
    if (upto > 0) divide();
}

void RangeSearch::divide() {
    points_.clear();
    if (suspicious_.empty()) return;
    const std::uint64_t pieces = pieces_max / suspicious_.size();
    if (pieces < 2) {  // most of the stream differs
        leaves_.insert(leaves_.end(), suspicious_.begin(), suspicious_.end());
        suspicious_.clear();
        return;
    }
    for (const Span& span : suspicious_) {
        const std::uint64_t step = (span.upto - span.after + pieces - 1) / pieces;
        for (std::uint64_t at = span.after; at < span.upto; at += step) points_.push_back(at);
        points_.push_back(span.upto);
    }
    points_.erase(std::unique(points_.begin(), points_.end()), points_.end());
}

void RangeSearch::take(const std::vector<std::uint32_t>& intervals) {
    std::vector<Span> differing;
    for (const std::uint32_t n : intervals) {
        if (n + 1 >= points_.size()) continue;
        const Span piece{points_[n], points_[n + 1]};
        const bool asked = std::any_of(suspicious_.begin(), suspicious_.end(), [&](const Span& span) {
            return span.after <= piece.after && piece.upto <= span.upto;
        });
        if (!asked) continue;  // between two suspicious ones
        (piece.upto - piece.after <= leaf_positions ? leaves_ : differing).push_back(piece);
    }
    suspicious_ = std::move(differing);
    divide();
}

std::vector<Span> RangeSearch::found() const {
    std::vector<Span> sorted = leaves_, joined;
    std::sort(sorted.begin(), sorted.end(), [](const Span& a, const Span& b) { return a.after < b.after; });
    for (const Span& span : sorted) {
        if (!joined.empty() && joined.back().upto >= span.after) {
            joined.back().upto = std::max(joined.back().upto, span.upto);
        } else {
            joined.push_back(span);
        }
    }
    return joined;
}

}  // namespace doorstep
