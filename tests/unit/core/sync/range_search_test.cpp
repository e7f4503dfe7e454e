// The search for the intervals in which two sides differ, against a model that knows the differing positions.
#include "core/sync/range_search.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/random.hpp"

namespace doorstep::test {
namespace {

struct Outcome {
    std::vector<Span> found;
    int rounds = 0;
    std::size_t points_max = 0;
};

Outcome run(std::uint64_t upto, const std::set<std::uint64_t>& differing) {
    RangeSearch search(upto);
    Outcome out;
    for (; !search.points().empty() && out.rounds < 100; ++out.rounds) {
        const auto& points = search.points();
        out.points_max = std::max(out.points_max, points.size());
        std::vector<std::uint32_t> intervals;
        for (std::uint32_t i = 0; i + 1 < points.size(); ++i) {
            const auto first = differing.upper_bound(points[i]);
            if (first != differing.end() && *first <= points[i + 1]) intervals.push_back(i);
        }
        search.take(intervals);
    }
    out.found = search.found();
    return out;
}

std::uint64_t length(const std::vector<Span>& spans) {
    std::uint64_t sum = 0;
    for (const Span& span : spans) sum += span.upto - span.after;
    return sum;
}

bool covers(const std::vector<Span>& spans, const std::set<std::uint64_t>& differing) {
    for (const std::uint64_t position : differing) {
        bool inside = false;
        for (const Span& span : spans) inside = inside || (span.after < position && position <= span.upto);
        if (!inside) return false;
    }
    return true;
}

TEST(RangeSearch, FindsWhereverItIs) {
    struct Row {
        const char* name;
        std::uint64_t upto;
        std::set<std::uint64_t> differing;
        int rounds;
        std::uint64_t length_max;
    };
    std::set<std::uint64_t> tail;
    for (std::uint64_t i = 30'001; i <= 100'000; ++i) tail.insert(i);
    const Row rows[] = {
        {"nothing to search", 0, {}, 0, 0},
        {"nothing differs", 100'000, {}, 1, 0},
        {"the only one", 1, {1}, 1, 1},
        {"one of 100,000", 100'000, {54'321}, 2, 32},
        {"the first", 100'000, {1}, 2, 32},
        {"the last", 100'000, {100'000}, 2, 32},
        {"one of 4,000,000", 4'000'000, {1'234'567}, 3, 32},
        {"several apart", 100'000, {5, 33'333, 66'666, 99'999}, 3, 4 * 32},
        {"all of the tail", 100'000, tail, 3, 70'000 + 1563},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Outcome out = run(row.upto, row.differing);
        EXPECT_TRUE(covers(out.found, row.differing));
        EXPECT_LE(out.rounds, row.rounds);
        EXPECT_LE(length(out.found), row.length_max);
        EXPECT_LE(out.points_max, limits::range_points_max);
    }
}

TEST(RangeSearch, CoversAnyDifferenceInFewRounds) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        const std::uint64_t upto = 1 + random.below(200'000);
        std::set<std::uint64_t> differing;
        for (std::uint64_t n = random.below(60); n > 0; --n) differing.insert(1 + random.below(upto));
        const Outcome out = run(upto, differing);
        ASSERT_TRUE(covers(out.found, differing)) << seed;
        ASSERT_LE(out.rounds, 8) << seed;
        ASSERT_LE(out.points_max, limits::range_points_max) << seed;
        for (std::size_t i = 1; i < out.found.size(); ++i) ASSERT_LT(out.found[i - 1].upto, out.found[i].after) << seed;
    }
}

}  // namespace
}  // namespace doorstep::test
