#include "core/engine/intents.hpp"

#include "core/base/limits.hpp"
#include "core/casework/moving.hpp"
#include "core/casework/transitions.hpp"
#include "core/engine/group.hpp"
#include "core/merge/conflict.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

Value shown(const RecordState& state, std::uint32_t field) {
    const FieldState* found = state.find(field);
    const auto all = found ? alternatives(*found) : std::vector<Alternative>();
    return all.empty() ? Value::cleared() : all.front().value;
}

std::vector<Dot> live_dots(const RecordState& state, std::uint32_t field) {
    std::vector<Dot> dots;
    if (const FieldState* found = state.find(field))
        for (const Live& live : found->live) dots.push_back(live.dot);
    return dots;
}

Intent read_intent(const RecordState& state) {
    Intent out;
    out.matter = shown(state, intent::matter).as_record();
    out.transition = shown(state, intent::transition).as_text();
    out.expected = shown(state, intent::expected).as_dots();
    out.argument = shown(state, intent::argument).as_text();
    return out;
}

FieldEdit put(std::uint32_t field, Kind kind, Value value) {
    return {field, kind, Op::Action::put, std::move(value), std::nullopt};
}

Result<FieldEdit> put_text(std::uint32_t field, Kind kind, std::string_view words) {
    DOORSTEP_TRY_ASSIGN(Value value, Value::text(words));
    return put(field, kind, std::move(value));
}

/// The field of kind `state` that a step writes.
std::uint32_t field_of(std::string_view transition) {
    return transition == casework::move_step ? reserved_field::home : casework::stage_field;
}

/// Where a matter stands.
struct Matter {
    std::uint32_t type = 0;
    Stream stands_in;
    std::string stage;
    std::vector<Dot> stood_on;
};

/// By way of the intent's own stream, which it may have left since.
Result<Matter> find_matter(Store& store, const RecordId& id, StreamNo stream, std::string_view transition) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(id));
    for (RecordRow& row : rows) {
        if (row.stream != stream || row.type == intent::type) continue;
        DOORSTEP_TRY_ASSIGN(const Member member, member_of(store, std::move(row)));
        DOORSTEP_TRY_ASSIGN(const Stream stands_in, store.stream_of(member.row.stream));
        return Matter{member.row.type, stands_in, std::string(shown(member.state, casework::stage_field).as_text()),
                      live_dots(member.state, field_of(transition))};
    }
    return Error{Errc::not_found, "the matter is not in the intent's stream"};
}

/// What the office writes when it accepts.
struct Verdict {
    std::string_view rule;
    std::string_view value;  ///< of the field that the step writes
};

Result<Verdict> judge_move(const Matter& matter, const Intent& asked, const Asked& by) {
    DOORSTEP_TRY_ASSIGN(const Area to, Area::parse(asked.argument));
    if (!by.divisions.exists(to.division)) return Error{Errc::unknown_area, "no such division"};
    DOORSTEP_TRY(casework::judge_move(matter.type, matter.stands_in, to, by.asker));
    return Verdict{casework::move_rule, asked.argument};
}

/// What the tables say. Errors: the reason to reject.
Result<Verdict> judge(const Matter& matter, const Intent& asked, const Asked& by) {
    if (matter.stood_on != asked.expected)
        return Error{Errc::stale_decision, "the matter moved on after its author looked"};
    if (asked.transition == casework::move_step) return judge_move(matter, asked, by);
    DOORSTEP_TRY_ASSIGN(const casework::Transition* row, casework::judge(matter.type, matter.stage, asked.transition));
    return Verdict{row->rule, row->to};
}

Result<RecordEdit> outcome_edit(const RecordId& id, const Stream& home, std::string_view outcome, std::string_view code,
                                std::string_view rule) {
    RecordEdit edit{id, intent::type, home, {}};
    DOORSTEP_TRY_ASSIGN(FieldEdit said, put_text(intent::outcome, Kind::state, outcome));
    edit.fields.push_back(std::move(said));
    if (!code.empty()) {
        DOORSTEP_TRY_ASSIGN(FieldEdit why, put_text(intent::code, Kind::state, code));
        edit.fields.push_back(std::move(why));
    }
    if (!rule.empty()) {
        DOORSTEP_TRY_ASSIGN(FieldEdit by, put_text(intent::rule, Kind::state, rule));
        edit.fields.push_back(std::move(by));
    }
    return edit;
}

}  // namespace

Result<std::vector<RecordEdit>> propose(Store& store, const Proposal& proposal) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(proposal.matter));
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    DOORSTEP_TRY_ASSIGN(const Member matter, member_of(store, std::move(rows.front())));
    if (matter.moved_to)
        return Error{Errc::moved, "the record was moved to " + matter.moved_to->text() + ", which is not here"};
    RecordEdit edit;
    edit.type = intent::type;
    DOORSTEP_TRY_ASSIGN(edit.home, store.stream_of(matter.row.stream));
    edit.fields.push_back(put(intent::matter, Kind::value, Value::record(proposal.matter)));
    DOORSTEP_TRY_ASSIGN(FieldEdit transition, put_text(intent::transition, Kind::value, proposal.transition));
    edit.fields.push_back(std::move(transition));
    DOORSTEP_TRY_ASSIGN(Value expected, Value::dots(live_dots(matter.state, field_of(proposal.transition))));
    edit.fields.push_back(put(intent::expected, Kind::value, std::move(expected)));
    if (!proposal.argument.empty()) {
        DOORSTEP_TRY_ASSIGN(FieldEdit argument, put_text(intent::argument, Kind::value, proposal.argument));
        edit.fields.push_back(std::move(argument));
    }
    std::vector<RecordEdit> edits{std::move(edit)};
    edits.insert(edits.end(), proposal.words.begin(), proposal.words.end());
    return edits;
}

Result<IntentView> view_intent(const RecordRow& row) {
    if (row.type != intent::type) return Error{Errc::not_found, "the record is no intent"};
    DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
    IntentView out;
    out.intent = row.record;
    out.asked = read_intent(state);
    const Value outcome = shown(state, intent::outcome);
    if (outcome.as_text() == intent::accepted) out.status = IntentView::Status::accepted;
    if (outcome.as_text() == intent::rejected) out.status = IntentView::Status::rejected;
    out.code = shown(state, intent::code).as_text();
    out.rule = shown(state, intent::rule).as_text();
    return out;
}

Result<std::vector<IntentView>> intents_about(Store& store, const RecordId& matter) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.list_records(intent::type, limits::list_rows_max));
    std::vector<IntentView> out;
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(IntentView view, view_intent(row));
        if (view.asked.matter != matter) continue;
        DOORSTEP_TRY_ASSIGN(const Member member, member_of(store, row));
        if (member.row.stream == row.stream) out.push_back(std::move(view));  // moved with its area, it is shown once
    }
    return out;
}

Result<std::vector<RecordEdit>> answer_intent(Store& store, StreamNo stream, const RecordId& id, const Asked& by) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> packed, store.record_state(id, stream));
    if (!packed) return Error{Errc::corrupt, "an admitted intent is gone"};
    DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*packed));
    if (!live_dots(state, intent::outcome).empty()) return std::vector<RecordEdit>();
    DOORSTEP_TRY_ASSIGN(const Stream home, store.stream_of(stream));
    const Intent asked = read_intent(state);
    const auto matter = find_matter(store, asked.matter, stream, asked.transition);
    if (!matter && matter.error().code != Errc::not_found) return matter.error();
    const auto verdict = matter ? judge(matter.value(), asked, by) : Result<Verdict>(matter.error());
    std::vector<RecordEdit> edits;
    if (!verdict) {
        DOORSTEP_TRY_ASSIGN(RecordEdit no, outcome_edit(id, home, intent::rejected, error_name(verdict.error().code),
                                                        verdict.error().detail));
        edits.push_back(std::move(no));
        return edits;
    }
    DOORSTEP_TRY_ASSIGN(RecordEdit yes, outcome_edit(id, home, intent::accepted, {}, verdict.value().rule));
    edits.push_back(std::move(yes));
    DOORSTEP_TRY_ASSIGN(FieldEdit step, put_text(field_of(asked.transition), Kind::state, verdict.value().value));
    step.seen = asked.expected;
    edits.push_back({asked.matter, matter.value().type, matter.value().stands_in, {std::move(step)}});
    return edits;
}

}  // namespace doorstep
