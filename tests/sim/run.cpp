#include "tests/sim/run.hpp"

#include "tests/sim/acts.hpp"
#include "tests/sim/invariants.hpp"

namespace doorstep::sim {
namespace {

constexpr std::uint64_t minute_ms = 60'000;
constexpr std::int64_t year_ms = std::int64_t{365} * 24 * 60 * 60'000;

/// The device that the action names, or the copy that was made of it.
Device& choose(Town& town, const Action& action) {
    Device& device = town.device(action.device);
    if (action.dice % 3 != 0) return device;
    for (const auto& copy : town.devices())
        if (copy->clone_of == device.name) return *copy;
    return device;
}

/// Who could not save tries again, most often.
void save(Town& town, Device& device, Fault fault, Random& dice) {
    const std::uint64_t before = device.seat().saves_today;
    act_save(town, device, fault, dice);
    if (device.seat().saves_today == before && dice.chance(70)) act_save(town, device, Fault::none, dice);
}

/// Who could not synchronise tries again the same day, or does not.
void sync(Town& town, Device& device, Fault fault, Random& dice) {
    const std::uint64_t before = device.seat().syncs_today;
    act_sync(town, device, fault, dice);
    if (device.seat().syncs_today == before && dice.chance(40)) act_sync(town, device, Fault::none, dice);
}

void inspect(Town& town, Device& device) {
    // What was granted lately is not there before a synchronisation has ended well.
    const Seat& seat = device.seat();
    const bool told = seat.phone->enrolment()->areas == seat.areas && seat.streams == Seat::Streams::together;
    if (!seat.ever.empty() && !told) return;
    const bool sure = town.server_life() == 1 && device.seat().streams == Seat::Streams::together;
    check_phone(town, device, sure ? OrderIs::sure : OrderIs::unsure);
}

void perform(Town& town, const Plan& plan, const Action& action) {
    Random dice(action.dice);
    Device& device = choose(town, action);
    switch (action.act) {
        case Act::save: return save(town, device, action.fault, dice);
        case Act::sync: return sync(town, device, action.fault, dice);
        case Act::decide: return act_decide(town, action.fault, dice);
        case Act::restart: return act_restart(town, action.device < plan.devices ? &device : nullptr);
        case Act::backup: return act_backup(town, device);
        case Act::event: return act_event(town, device, action.fault, dice);
        case Act::night: return act_night(town, dice);
        case Act::inspect: return inspect(town, device);
        case Act::whole: return act_whole(town, device, action.fault, dice);
        case Act::erase: return act_erase(town, action.fault, dice);
        case Act::move: return act_move(town, device, action.fault, dice);
        case Act::compact: return act_compact(town, device, action.fault, dice);
        case Act::hand_over: return act_hand_over(town, device, action.fault, dice);
        case Act::revoke: return act_revoke(town, device, action.fault, dice);
    }
}

void set_clocks(Town& town, const Plan& plan, Clocks clocks) {
    if (clocks == Clocks::as_planned) return;
    std::int64_t years = static_cast<std::int64_t>(plan.seed % 7) - 10;
    for (const auto& device : town.devices()) device->skew_ms = (years += 5) * year_ms;
}

}  // namespace

Outcome run(const Plan& plan, Clocks clocks, std::ostream* log) {
    Outcome out;
    Town town(plan.seed, plan.devices);
    try {
        set_clocks(town, plan, clocks);
        for (const Action& action : plan.actions) {
            town.pass((1 + action.dice % 20) * minute_ms);
            town.note(act_name(action.act));
            if (log) *log << write_action(action) << std::endl;
            perform(town, plan, action);
            ++out.at_action;
        }
        heal(town);
        check_quiescent(town);
        out.outcome = outcome_of(town);
    } catch (const Violation& violation) {
        out.violation = violation;
    } catch (const std::exception& error) {
        out.violation = Violation(0, error.what());
    }
    out.tally = town.tally;
    out.trace = town.trace();
    return out;
}

}  // namespace doorstep::sim
