// A person asks for a step of a matter: an intent, with a line beside it that stays whatever the office answers.
#include "core/casework/transitions.hpp"
#include "core/engine/intents.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

/// Mostly one that may follow where the matter stands, as this phone sees it.
std::string choose_step(std::string_view stage, Random& dice) {
    std::vector<std::string> fitting, all;
    for (const casework::Transition& row : casework::transitions()) {
        all.emplace_back(row.name);
        if (row.from == stage) fitting.emplace_back(row.name);
    }
    return fitting.empty() || dice.chance(15) ? dice.pick(all) : dice.pick(fitting);
}

}  // namespace

std::optional<Composed> compose_step(Town& town, Device& device, Random& dice) {
    std::vector<RecordNote> matters;
    for (const RecordNote& record : town.oracle.records())
        if (record.type == test::issue && may_be_written(town, device, record)) matters.push_back(record);
    if (matters.empty()) return std::nullopt;
    const std::size_t hot = std::min<std::size_t>(matters.size(), 3);  // a few, so that several ask at once
    RecordNote matter = matters[matters.size() - 1 - static_cast<std::size_t>(dice.below(hot))];
    const auto view = look_at_own(town, device, matter);
    if (!view) return std::nullopt;
    const std::string step = choose_step(view->text(casework::stage_field), dice);
    return ask_for(town, device, matter, step, {});
}

Composed ask_for(Town& town, Device& device, const RecordNote& matter, const std::string& step,
                 const std::string& argument) {
    Composed out;
    out.save.id = town.oracle.next_id();
    out.save.author = device.seat().user;
    const Proposal proposal{matter.id, step, argument.empty() ? Oracle::words(out.save.id, "申请") : argument, {}};
    Store store = must_run(Store::open(options_of(device.seat())), "a second look at a phone's file");
    out.edits = must_run(propose(store, proposal), "a proposal");
    const Value line = test::text(Oracle::words(out.save.id, "附言"));
    out.edits.push_back(
        {matter.id, matter.type, {matter.area, {}}, {{test::field::notes, Kind::log, Op::Action::put, line, {}}}});
    out.made.push_back({{}, intent::type, matter.area, RecordNote::Home::granted});
    for (const RecordEdit& edit : out.edits)
        for (const FieldEdit& field : edit.fields)
            out.save.writes.push_back(
                {edit.record.value_or(RecordId{}), field.field, field.kind, field.action, field.value, {}});
    return out;
}

void check_outcomes(Town& town) {
    for (const RecordNote& record : town.oracle.records()) {
        if (record.type != intent::type) continue;
        for (const RecordRow& row : must_run(town.witness().records_of(record.id), "the witness")) {
            if (must_run(view_intent(row), "an intent").status == IntentView::Status::pending)
                throw Violation(14, "an intent that the office has is not answered");
            const RecordState state = must_run(RecordState::unpack(row.state), "an intent");
            // An office that lost its answer gives another; when the first one is brought back both stand in sight.
            if (town.server_life() == 1 && state.find(intent::outcome)->live.size() != 1)
                throw Violation(14, "an intent has several answers");
            town.checked(14);
        }
    }
}

}  // namespace doorstep::sim
