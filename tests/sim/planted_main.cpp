// Plants each bug of core/base/planted_bug.hpp in turn and runs seeds until an invariant breaks. Exit codes: 0 every
// bug was caught, and the same seeds pass without one; 1 not.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "core/base/planted_bug.hpp"
#include "tests/sim/swarm.hpp"

namespace {

using namespace doorstep;

constexpr std::uint64_t seeds_max = 300;
constexpr sim::Scale scale{4, 4};
constexpr const char* names[] = {"none",
                                 "drop_supersede",
                                 "ack_before_commit",
                                 "cursor_plus_one",
                                 "latest_on_value",
                                 "seq_reuse",
                                 "purge_before_push",
                                 "carry_under_new_dot",
                                 "late_edit_stays",
                                 "erased_comes_back",
                                 "erase_keeps_log",
                                 "archive_late",
                                 "archive_unasked"};
/// The program that catches what the simulation does not: a simulated phone purges only what is delivered, and a
/// machine seldom dies just between an archive and its log.
std::string_view caught_elsewhere(PlantedBug bug) {
    if (bug == PlantedBug::purge_before_push) return "planted_purge";
    return bug == PlantedBug::archive_late ? "planted_compaction" : "";
}

/// The first seed that breaks an invariant; 0: none did.
std::uint64_t first_failure(std::uint64_t count, std::string& what) {
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const sim::Outcome outcome = sim::run_seed(seed, scale);
        if (!outcome.violation) continue;
        what = "invariant " + std::to_string(outcome.violation->invariant) + ": " + outcome.violation->what();
        return seed;
    }
    return 0;
}

}  // namespace

int main() {
    bool good = true;
    std::uint64_t latest = 1;
    for (int n = 1; n < static_cast<int>(PlantedBug::count_); ++n) {
        planted_bug = static_cast<PlantedBug>(n);
        if (const std::string_view program = caught_elsewhere(planted_bug); !program.empty()) {
            std::cout << names[n] << ": not for the simulation; " << program << " catches it\n";
            continue;
        }
        std::string what;
        const std::uint64_t seed = first_failure(seeds_max, what);
        good = good && seed != 0;
        latest = std::max(latest, seed);
        std::cout << names[n] << ": " << (seed != 0 ? "caught by seed " + std::to_string(seed) + ", " + what : "MISSED")
                  << std::endl;
    }
    planted_bug = PlantedBug::none;
    std::string what;
    const std::uint64_t seed = first_failure(latest, what);
    std::cout << "none: " << (seed == 0 ? "the same " + std::to_string(latest) + " seeds pass" : "FAILS " + what)
              << "\n";
    return good && seed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
