#include "tests/sim/exhaustive.hpp"

#include <algorithm>
#include <chrono>

#include "tests/sim/acts.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/sim/share.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::size_t phones = 3, acts_each = 4;
enum class Step : std::uint8_t { edit, settle, sync };
using Program = std::array<Step, acts_each>;
/// What each phone does, in its own order.
constexpr Program programs[] = {
    {Step::edit, Step::sync, Step::settle, Step::sync},
    {Step::edit, Step::edit, Step::sync, Step::edit},
    {Step::sync, Step::settle, Step::sync, Step::edit},
};
/// Which phone acts next.
using Order = std::array<std::size_t, phones * acts_each>;

void perform(Town& town, Device& device, Step step, const RecordNote& record) {
    if (step == Step::sync) {
        must_run(plain_sync(town, device), "a synchronisation");
        check_after_sync(town, device);
    } else {
        write_summary(town, device, record, step == Step::edit ? Replaces::shown : Replaces::all);
    }
}

/// "" or what went wrong.
std::string fault_of(const Order& order, const Program& program, std::uint64_t seed) {
    Town town(seed, phones);
    try {
        Device& first = town.device(0);
        Random dice(1);
        while (town.oracle.records().empty()) act_save(town, first, Fault::none, dice);
        for (std::size_t i = 0; i < phones; ++i)
            must_run(plain_sync(town, *town.devices()[i]), "the first synchronisation");
        const RecordNote record = town.oracle.records().front();
        std::array<std::size_t, phones> done{};
        for (const std::size_t phone : order) {
            town.pass(60'000);
            perform(town, *town.devices()[phone], program[done[phone]++], record);
        }
        heal(town);
        check_quiescent(town);
    } catch (const std::exception& error) {
        std::string text = error.what();
        text += " in order ";
        for (const std::size_t phone : order) text += std::to_string(phone);
        return text;
    }
    return {};
}

/// Phones do the same, so orders that differ only in which is which count once: phones first act in their order.
bool is_first_of_its_kind(const Order& order) {
    std::size_t met = 0;
    for (const std::size_t phone : order) {
        if (phone > met) return false;
        met = std::max(met, phone + 1);
    }
    return true;
}

ExhaustiveResult run_share(const Exhaustive& scope, std::uint32_t share) {
    ExhaustiveResult result;
    std::uint64_t n = 0;
    for (const Program& program : programs) {
        Order order;
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i / acts_each;
        do {
            if (!is_first_of_its_kind(order)) continue;
            ++n;
            if (n % scope.every != 0 || n / scope.every % scope.processes != share) continue;
            ++result.orders;
            const std::string wrong = fault_of(order, program, n);
            if (wrong.empty()) continue;
            if (result.failures++ == 0) result.first_failure = wrong;
        } while (std::next_permutation(order.begin(), order.end()));
    }
    return result;
}

}  // namespace

ExhaustiveResult run_exhaustive(const Exhaustive& scope) {
    const auto began = std::chrono::steady_clock::now();
    ExhaustiveResult all;
    const auto texts = in_processes(scope.processes, [&](std::uint32_t share) {
        const ExhaustiveResult result = run_share(scope, share);
        return std::to_string(result.orders) + " " + std::to_string(result.failures) + " " + result.first_failure;
    });
    for (const std::string& text : texts) {
        char* rest = nullptr;
        all.orders += std::strtoull(text.c_str(), &rest, 10);
        const std::uint64_t failures = std::strtoull(rest, &rest, 10);
        all.failures += failures;
        if (failures > 0 && all.first_failure.empty()) all.first_failure = rest;
    }
    all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return all;
}

}  // namespace doorstep::sim
