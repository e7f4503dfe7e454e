#include "tests/sim/plan.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace doorstep::sim {
namespace {

using test::Random;

struct FaultRow {
    std::string_view name;
    Place place;
    std::uint64_t weight;
};
constexpr FaultRow fault_rows[] = {
    {"none", Place::nowhere, 0},
#define DOORSTEP_FAULT(name, place, weight) {#name, Place::place, weight},
#include "tests/sim/faults.def"
#undef DOORSTEP_FAULT
};
constexpr std::string_view act_names[] = {"save",    "sync",  "decide", "restart", "backup",  "event",     "night",
                                          "inspect", "whole", "erase",  "move",    "compact", "hand_over", "revoke"};

/// The faults that this seed knows, by place: half of them, so that every pair of faults meets in some seeds and is
/// apart in others (swarm testing: Groce et al., 2012).
struct Mixture {
    std::array<std::vector<Fault>, static_cast<std::size_t>(Place::count_)> known;
    std::uint64_t rate_percent = 0;
    /// Copies of phones and copies of the server in one run: tests/sim/open/clone_meets_old_server.plan.
    enum class Copies { of_phones, of_the_server } copies = Copies::of_phones;

    explicit Mixture(Random& random) : rate_percent(random.pick(std::vector<std::uint64_t>{5, 15, 30, 60})) {
        const bool copies_phones = random.chance(50);
        if (!copies_phones) copies = Copies::of_the_server;
        for (std::size_t i = 1; i < static_cast<std::size_t>(Fault::count_); ++i) {
            const Fault fault = static_cast<Fault>(i);
            const bool of_phone = fault == Fault::old_phone_image || fault == Fault::clone;
            const bool of_server = fault == Fault::server_backup_restored || fault == Fault::server_failover;
            if (copies_phones ? of_server : of_phone) continue;
            if (place_of(fault) <= Place::data && !random.chance(50)) continue;
            auto& rows = known[static_cast<std::size_t>(place_of(fault))];
            rows.insert(rows.end(), fault_rows[i].weight, fault);
        }
    }
    Fault draw(Random& random, const std::vector<Place>& places) const {
        if (!random.chance(rate_percent)) return Fault::none;
        const auto& rows = known[static_cast<std::size_t>(random.pick(places))];
        return rows.empty() ? Fault::none : random.pick(rows);
    }
};

/// Every second seed knows orders to erase; drawn apart, so that the other actions are the same with and without them.
void add_erasures(Plan& plan, const Mixture& mixture) {
    Random random(plan.seed ^ 0x0e5a'5e00);
    if (random.chance(50)) return;
    const std::uint64_t orders = 1 + random.below(6);
    for (std::uint64_t n = 0; n < orders; ++n) {
        const auto at = plan.actions.begin() + static_cast<std::ptrdiff_t>(random.below(plan.actions.size() + 1));
        plan.actions.insert(at, {Act::erase, 0, mixture.draw(random, {Place::server}), random.below(1'000'000)});
    }
}

/// Of an act that is drawn apart: every second time what happens beside it, else what befalls the server.
Fault draw_beside(Random& random, const Mixture& mixture, Place beside) {
    const auto& rows = mixture.known[static_cast<std::size_t>(beside)];
    return random.chance(50) ? random.pick(rows) : mixture.draw(random, {Place::server});
}

/// Acts of one kind at random places of the plan, in every second seed; drawn apart, so that the other actions are the
/// same with and without them.
void add_apart(Plan& plan, const Mixture& mixture, Act act, Place beside, std::uint64_t acts_max) {
    Random random(plan.seed ^ (std::uint64_t{0x0e5a'5e00} + static_cast<std::uint64_t>(act)));
    if (random.chance(50)) return;
    for (std::uint64_t n = 1 + random.below(acts_max); n > 0; --n) {
        const auto at = plan.actions.begin() + static_cast<std::ptrdiff_t>(random.below(plan.actions.size() + 1));
        const auto device = static_cast<std::uint32_t>(random.below(plan.devices));
        const Fault fault = draw_beside(random, mixture, beside);
        plan.actions.insert(at, {act, device, fault, random.below(1'000'000)});
    }
}

}  // namespace

std::string_view fault_name(Fault fault) { return fault_rows[static_cast<std::size_t>(fault)].name; }
Place place_of(Fault fault) { return fault_rows[static_cast<std::size_t>(fault)].place; }
std::string_view act_name(Act act) { return act_names[static_cast<std::size_t>(act)]; }

Plan draw_plan(std::uint64_t seed, const Scale& scale) {
    Random random(seed);
    const Mixture mixture(random);
    Plan plan{seed, scale.devices, {}};
    const auto add = [&](std::vector<Action>& to, Act act, std::uint32_t device, Fault fault) {
        to.push_back({act, device, fault, random.below(1'000'000)});
    };
    for (std::uint32_t day = 0; day < scale.days; ++day) {
        std::vector<Action> today;
        for (std::uint32_t device = 0; device < scale.devices; ++device) {
            for (std::uint64_t n = 5 + random.below(3); n > 0; --n) {
                const bool calm = random.chance(50);
                add(today, Act::save, device, calm ? Fault::none : mixture.draw(random, {Place::phone, Place::data}));
            }
            if (random.chance(30)) add(today, Act::whole, device, mixture.draw(random, {Place::phone}));
            for (std::uint64_t n = 1 + random.below(2); n > 0; --n)
                add(today, Act::sync, device,
                    mixture.draw(random, {Place::wire, Place::wire, Place::blob, Place::phone, Place::server}));
            if (random.chance(10)) add(today, Act::restart, device, Fault::none);
            if (random.chance(3)) add(today, Act::inspect, device, Fault::none);
        }
        const auto any_device = [&] { return static_cast<std::uint32_t>(random.below(scale.devices)); };
        if (random.chance(60)) add(today, Act::decide, 0, mixture.draw(random, {Place::server}));
        if (random.chance(15)) add(today, Act::restart, scale.devices, Fault::none);
        if (random.chance(20)) add(today, Act::backup, any_device(), Fault::none);
        if (const Fault event = mixture.draw(random, {Place::event}); event != Fault::none)
            add(today, Act::event, any_device(), event);
        random.shuffle(today);
        plan.actions.insert(plan.actions.end(), today.begin(), today.end());
        add(plan.actions, Act::night, 0, Fault::none);
    }
    add_erasures(plan, mixture);
    add_apart(plan, mixture, Act::move, Place::move, 12);
    add_apart(plan, mixture, Act::compact, Place::compaction, 8);
    add_apart(plan, mixture, Act::hand_over, Place::file, 8);
    // An office that came back and a revoked phone in one run: tests/sim/open/held_though_seen.plan.
    if (mixture.copies == Mixture::Copies::of_phones) add_apart(plan, mixture, Act::revoke, Place::revocation, 12);
    return plan;
}

std::string write_action(const Action& action) {
    return std::string(act_name(action.act)) + " " + std::to_string(action.device) + " " +
           std::string(fault_name(action.fault)) + " " + std::to_string(action.dice);
}

std::string write_plan(const Plan& plan) {
    std::string out = "seed " + std::to_string(plan.seed) + "\ndevices " + std::to_string(plan.devices) + "\n";
    for (const Action& action : plan.actions) out += write_action(action) + "\n";
    return out;
}

Result<Plan> read_plan(std::string_view text) {
    Plan plan;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (int line_from_1 = 1; std::getline(lines, line); ++line_from_1) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words(line);
        std::string first, fault;
        Action action;
        words >> first;
        if (first == "seed" || first == "devices") {
            std::uint64_t number = 0;
            words >> number;
            if (first == "seed")
                plan.seed = number;
            else
                plan.devices = static_cast<std::uint32_t>(number);
            continue;
        }
        words >> action.device >> fault >> action.dice;
        const auto act = std::find(std::begin(act_names), std::end(act_names), first);
        const auto row = std::find_if(std::begin(fault_rows), std::end(fault_rows),
                                      [&](const FaultRow& candidate) { return candidate.name == fault; });
        if (!words || act == std::end(act_names) || row == std::end(fault_rows))
            return Error{Errc::invalid_argument, "line " + std::to_string(line_from_1) + " is no action"};
        action.act = static_cast<Act>(act - std::begin(act_names));
        action.fault = static_cast<Fault>(row - std::begin(fault_rows));
        plan.actions.push_back(action);
    }
    return plan;
}

}  // namespace doorstep::sim
