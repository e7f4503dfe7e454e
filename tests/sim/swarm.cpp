#include "tests/sim/swarm.hpp"

#include <chrono>
#include <sstream>

#include "tests/sim/share.hpp"

namespace doorstep::sim {
namespace {

constexpr std::uint64_t twice_every = 50;

bool changes_outcome(const Plan& plan) {
    for (const Action& action : plan.actions)
        if (action.fault != Fault::none) return true;
    return false;
}

/// A forked chain's new id derives from hashes, which cover clocks; and of several alternatives the one shown first,
/// which a person replaces, is chosen by ids.
bool makes_ids_of_clocks(Fault fault) { return fault == Fault::clone || fault == Fault::old_phone_image; }

/// What one process found, for the parent.
std::string write_result(const SwarmResult& result) {
    std::ostringstream out;
    out << result.seeds << ' ' << result.tally.saves << ' ' << result.tally.syncs << ' ' << result.tally.decisions
        << ' ' << result.tally.device_days << ' ' << result.tally.round_trips << ' ';
    for (const std::uint64_t n : result.tally.faults) out << n << ' ';
    out << result.tally.checks.size() << ' ';
    for (const auto& [number, n] : result.tally.checks) out << number << ' ' << n << ' ';
    out << result.failures.size() << '\n';
    for (const Failure& failure : result.failures)
        out << failure.seed << ' ' << failure.invariant << ' ' << failure.what << '\n';
    return out.str();
}

SwarmResult read_result(const std::string& text) {
    std::istringstream in(text);
    SwarmResult result;
    in >> result.seeds >> result.tally.saves >> result.tally.syncs >> result.tally.decisions >>
        result.tally.device_days >> result.tally.round_trips;
    for (std::uint64_t& n : result.tally.faults) in >> n;
    std::size_t checks = 0, failures = 0;
    in >> checks;
    for (; checks > 0; --checks) {
        int number = 0;
        in >> number;
        in >> result.tally.checks[number];
    }
    in >> failures;
    if (!in) {
        result.failures.push_back({0, 0, "a process of the swarm died"});
        return result;
    }
    for (; failures > 0; --failures) {
        Failure failure;
        in >> failure.seed >> failure.invariant >> std::ws;
        std::getline(in, failure.what);
        result.failures.push_back(failure);
    }
    return result;
}

SwarmResult run_share(const Swarm& swarm, std::uint32_t share) {
    SwarmResult result;
    for (std::uint64_t n = share; n < swarm.seeds && result.failures.size() < swarm.failures_max;
         n += swarm.processes) {
        const std::uint64_t seed = swarm.first + n;
        const Outcome outcome = run_seed(seed, swarm.scale);
        ++result.seeds;
        result.tally.add(outcome.tally);
        if (outcome.violation)
            result.failures.push_back({seed, outcome.violation->invariant, outcome.violation->what()});
    }
    return result;
}

}  // namespace

Outcome run_seed(std::uint64_t seed, const Scale& scale) {
    const Plan plan = draw_plan(seed, scale);
    Outcome outcome = run(plan);
    if (outcome.violation || seed % twice_every != 0) return outcome;
    const Outcome again = run(plan);
    ++outcome.tally.checks[23];
    if (again.violation || again.trace != outcome.trace)
        outcome.violation = Violation(23, "the same seed leaves another trace");
    Plan calm = plan;  // faults of disks and wires strike elsewhere when clocks change what is written
    for (Action& action : calm.actions)
        if (action.act != Act::event || makes_ids_of_clocks(action.fault)) action.fault = Fault::none;
    if (!changes_outcome(plan)) calm = plan;
    const Outcome planned = run(calm), permuted = run(calm, Clocks::permuted);
    ++outcome.tally.checks[17];
    if (planned.violation || permuted.violation || planned.outcome != permuted.outcome)
        outcome.violation = Violation(17, "other clocks, another outcome");
    return outcome;
}

SwarmResult run_swarm(const Swarm& swarm) {
    const auto began = std::chrono::steady_clock::now();
    SwarmResult result;
    const auto work = [&](std::uint32_t share) { return write_result(run_share(swarm, share)); };
    for (const std::string& text : in_processes(swarm.processes, work)) {
        const SwarmResult share = read_result(text);
        result.seeds += share.seeds;
        result.tally.add(share.tally);
        result.failures.insert(result.failures.end(), share.failures.begin(), share.failures.end());
    }
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return result;
}

}  // namespace doorstep::sim
