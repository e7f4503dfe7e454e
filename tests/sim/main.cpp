// The simulation's program; ./dev sim starts it. Exit codes: 0 every invariant held, 1 one did not, 2 wrong arguments.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/sim/exhaustive.hpp"
#include "tests/sim/report.hpp"
#include "tests/sim/shrink.hpp"

namespace {

using namespace doorstep::sim;

std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

/// The plan's failure, and the shortest plan that shows it.
int tell(const Plan& plan, const Outcome& outcome, bool shrinks) {
    if (!outcome.violation) {
        std::cout << "seed " << plan.seed << ": every invariant held; trace " << outcome.trace.hex().substr(0, 16)
                  << "\n";
        return 0;
    }
    std::cout << "seed " << plan.seed << ": invariant " << outcome.violation->invariant << " at action "
              << outcome.at_action << ": " << outcome.violation->what() << "\n";
    if (shrinks && outcome.violation->invariant != 17 && outcome.violation->invariant != 23) {
        const Plan minimal = shrink(plan, outcome);
        const Outcome again = run(minimal);
        std::cout << "# " << minimal.actions.size() << " actions show it: invariant "
                  << (again.violation ? again.violation->invariant : -1) << ": "
                  << (again.violation ? again.violation->what() : "not shown again") << "\n"
                  << write_plan(minimal);
    }
    return 1;
}

int tell(const ExhaustiveResult& result) {
    std::cout << result.orders << " orders of twelve acts on three phones in " << result.seconds << " s, "
              << result.failures << " failed" << (result.failures > 0 ? ": " + result.first_failure : "") << "\n";
    return result.failures == 0 ? 0 : 1;
}

/// Every plan kept in the folder.
int replay_all(const std::string& folder) {
    int failed = 0, kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".plan") continue;
        ++kept;
        const auto plan = read_plan(text_of(entry.path().string()));
        const Outcome outcome = plan ? run(plan.value()) : Outcome{};
        if (plan && !outcome.violation) continue;
        ++failed;
        std::cout << entry.path().filename().string() << ": "
                  << (plan ? outcome.violation->what() : plan.error().detail) << "\n";
    }
    std::cout << kept << " kept plans, " << failed << " failed\n";
    return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Simulated offices and phones under faults; one seed, one run"};
    Swarm swarm;
    std::uint64_t seed = 0;
    std::string replay, kept;
    std::uint64_t every = 0;
    bool shrinks = true, logs = false;
    app.add_option("--seeds", swarm.seeds, "how many seeds");
    app.add_option("--first", swarm.first, "the first of them");
    app.add_option("--devices", swarm.scale.devices, "phones in a run")->check(CLI::Range(1, 10));
    app.add_option("--days", swarm.scale.days, "days in a run")->check(CLI::Range(1, 400));
    app.add_option("--processes", swarm.processes, "at once")->check(CLI::Range(1, 64));
    app.add_option("--seed", seed, "run this one alone, and shrink it when it fails");
    app.add_option("--replay", replay, "run the plan in this file")->check(CLI::ExistingFile);
    app.add_flag("!--no-shrink", shrinks, "leave a failing plan as long as it is");
    app.add_option("--kept", kept, "run every plan in this folder first")->check(CLI::ExistingDirectory);
    app.add_option("--exhaustive", every, "every order of a small scope; with N each Nth")
        ->expected(0, 1)
        ->default_str("1");
    app.add_flag("--log", logs, "with --seed or --replay: print each action before it is performed");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (!replay.empty()) {
        const auto plan = read_plan(text_of(replay));
        if (!plan) {
            std::cerr << replay << ": " << plan.error().detail << "\n";
            return 2;
        }
        return tell(plan.value(), run(plan.value(), Clocks::as_planned, logs ? &std::cout : nullptr), shrinks);
    }
    if (seed != 0 && logs)
        return tell(draw_plan(seed, swarm.scale), run(draw_plan(seed, swarm.scale), Clocks::as_planned, &std::cout),
                    shrinks);
    if (seed != 0) return tell(draw_plan(seed, swarm.scale), run_seed(seed, swarm.scale), shrinks);
    int failed = kept.empty() ? 0 : replay_all(kept);
    if (every != 0) failed += tell(run_exhaustive({every, swarm.processes}));
    if (every != 0 && app.count("--seeds") == 0) return failed == 0 ? 0 : 1;
    const SwarmResult result = run_swarm(swarm);
    std::cout << describe(result) << json_line(result);
    return result.failures.empty() && failed == 0 ? 0 : 1;
}
