// tests/unit/core/support/random.hpp -- seeded inputs that are the same on every platform.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace doorstep::test {

/// mt19937_64 is specified bit for bit; std distributions and std::shuffle are not, so a seed must not pass through
/// one.
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t n) { return engine_() % n; }
    bool chance(std::uint64_t percent) { return below(100) < percent; }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[static_cast<std::size_t>(below(from.size()))];
    }
    template <class T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i)
            std::swap(items[i - 1], items[static_cast<std::size_t>(below(i))]);
    }

private:
    std::mt19937_64 engine_;
};

/// Which seeds a property runs over: DOORSTEP_SEED=n replays one, DOORSTEP_SEEDS=count sets how many.
struct Seeds {
    std::uint64_t first, last;  ///< last is one past the end
    std::uint64_t meant = 0;    ///< how many the test asks for
    /// Of what as many seeds as are meant come to: so much of it for those that run.
    std::uint64_t share_of(std::uint64_t whole) const { return whole * (last - first) / meant; }
};

inline Seeds seeds(std::uint64_t meant) {
    std::uint64_t count = meant;
    if (const char* one = std::getenv("DOORSTEP_SEED")) {
        const std::uint64_t seed = std::strtoull(one, nullptr, 10);
        return {seed, seed + 1, meant};
    }
    if (const char* many = std::getenv("DOORSTEP_SEEDS")) count = std::strtoull(many, nullptr, 10);
    return {1, count + 1, meant};
}

inline std::string replay(std::uint64_t seed) { return "DOORSTEP_SEED=" + std::to_string(seed); }

}  // namespace doorstep::test
