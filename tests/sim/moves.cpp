// The office moves records to other areas, while phones that have not heard write to them or ask for other moves.
#include "core/casework/moving.hpp"
#include "core/model/intent.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::uint64_t move_calls_max = 40;  // a move makes about that many

Area any_area(Random& dice) {
    return test::area(dice.pick(std::vector<std::string_view>{test::village, test::other_village, test::far_village,
                                                              test::town, test::other_town}));
}

/// Where records stand at the office.
using Standing = std::map<RecordId, Area>;

Standing standing_in(Town& town, const std::vector<RecordId>& records) {
    Standing out;
    for (const RecordId& record : records)
        if (const auto area = standing(town.witness(), record)) out.emplace(record, *area);
    return out;
}

enum class Came { done, broke_off };

/// Enters in the oracle where they stand now: where they were sent, or where they stood when that broke off.
void note_moved(Town& town, const Standing& before, const Area& to, Came came) {
    for (const auto& [record, area] : before) {
        const auto now = standing(town.witness(), record);
        const bool arrived = now == to;
        if (!arrived && (came == Came::done || now != area))
            throw Violation(14, "a record stands where nobody moved it, right after a move");
        if (arrived && !(area == to)) town.oracle.record(record)->moved_to.push_back(to);
        town.checked(14);
    }
}

/// How many were moved.
std::size_t move_these(Town& town, const std::vector<RecordId>& records, const Area& to, Fault fault, Random& dice) {
    const Standing before = standing_in(town, records);
    std::vector<RecordId> known;
    for (const auto& [record, area] : before) known.push_back(record);
    const auto moved = at_the_office(town, fault, move_calls_max, dice,
                                     [&] { return town.storage().move(known, to, "office", town.now_ms()); });
    town.note(moved ? "moved" : error_name(moved.error().code));
    note_moved(town, before, to, moved ? Came::done : Came::broke_off);
    return moved ? moved.value() : 0;
}

/// One to three of the last few records, on which people work.
std::size_t move_some_records(Town& town, Fault fault, Random& dice) {
    std::vector<RecordId> all, some;
    for (const RecordNote& record : town.oracle.records())
        if (record.type != intent::type && record.home == RecordNote::Home::granted) all.push_back(record.id);
    if (all.empty()) return 0;
    constexpr std::uint64_t hot = 6;
    for (std::uint64_t n = 1 + dice.below(3); n > 0; --n)
        some.push_back(all[all.size() - 1 - static_cast<std::size_t>(dice.below(std::min(hot, all.size())))]);
    return move_these(town, some, any_area(dice), fault, dice);
}

/// All that stands in an area, of every type; sometimes what is still made there later follows too.
void move_area(Town& town, Fault fault, Random& dice) {
    MoveOrder order;
    order.from = any_area(dice);
    order.to = any_area(dice);
    if (order.from == order.to) return;
    if (dice.chance(30)) order.below = MoveOrder::Below::yes;
    if (dice.chance(30)) order.later = MoveOrder::Later::yes;
    const auto leaves = [&](const Area& area) {
        const bool below = order.below == MoveOrder::Below::yes && order.from.contains(area);
        return !(area == order.to) && (below || area == order.from);
    };
    std::vector<RecordId> all;
    for (const RecordNote& record : town.oracle.records()) all.push_back(record.id);
    Standing before = standing_in(town, all);
    std::erase_if(before, [&](const auto& one) { return !leaves(one.second); });
    if (order.later == MoveOrder::Later::yes) town.mergers.push_back({order.from, order.to, order.below});
    const auto moved = at_the_office(town, fault, move_calls_max, dice, [&]() -> Status {
        for (MoveCursor at; at.left == MoveCursor::Left::maybe;) {
            DOORSTEP_TRY_ASSIGN(const MoveStep step, town.storage().move_some(order, at, "office", town.now_ms()));
            at = step.next;
        }
        return ok();
    });
    town.note(moved ? "moved" : error_name(moved.error().code));
    note_moved(town, before, order.to, moved ? Came::done : Came::broke_off);
}

/// The office moves a record that is in front of somebody, who has not heard and goes on.
void move_under_hands(Town& town, Device& device, Fault fault, Random& dice) {
    RecordNote record;
    if (!choose_record(town, device, dice, record)) return;
    if (record.home == RecordNote::Home::outside) return;
    if (move_these(town, {record.id}, any_area(dice), Fault::none, dice) == 0) return;
    town.count(fault);
    if (fault == Fault::move_and_edit) return write_summary(town, device, record, Replaces::shown);
    const Area to = any_area(dice);
    town.oracle.record(record.id)->asked_to.push_back(to);
    carry_out(town, device, ask_for(town, device, record, std::string(casework::move_step), to.text()), Fault::none,
              dice);
}

}  // namespace

bool move_meanwhile(Town& town, Random& dice) { return move_some_records(town, Fault::none, dice) > 0; }

void act_move(Town& town, Device& device, Fault fault, Random& dice) {
    if (fault == Fault::move_in_between) return act_sync(town, device, fault, dice);
    if (fault == Fault::move_and_edit || fault == Fault::move_and_move)
        return move_under_hands(town, device, fault, dice);
    if (dice.chance(75))
        move_some_records(town, fault, dice);
    else
        move_area(town, fault, dice);
}

}  // namespace doorstep::sim
