#include "core/engine/intents.hpp"

#include "core/base/limits.hpp"
#include "core/casework/transitions.hpp"
#include "core/merge/conflict.hpp"

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

/// Where a matter stands in one stream.
struct Matter {
    std::uint32_t type = 0;
    std::string stage;
    std::vector<Dot> stood_on;
};

Result<Matter> find_matter(Store& store, const RecordId& id, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(id));
    for (const RecordRow& row : rows) {
        if (row.stream != stream || row.type == intent::type) continue;
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        return Matter{row.type, std::string(shown(state, casework::stage_field).as_text()),
                      live_dots(state, casework::stage_field)};
    }
    return Error{Errc::not_found, "the matter is not in the intent's stream"};
}

/// What the table says. Errors: the reason to reject.
Result<const casework::Transition*> judge(const Matter& matter, const Intent& asked) {
    if (matter.stood_on != asked.expected)
        return Error{Errc::stale_decision, "the matter moved on after its author looked"};
    return casework::judge(matter.type, matter.stage, asked.transition);
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
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(proposal.matter));
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(rows.front().state));
    RecordEdit edit;
    edit.type = intent::type;
    DOORSTEP_TRY_ASSIGN(edit.home, store.stream_of(rows.front().stream));
    edit.fields.push_back(put(intent::matter, Kind::value, Value::record(proposal.matter)));
    DOORSTEP_TRY_ASSIGN(FieldEdit transition, put_text(intent::transition, Kind::value, proposal.transition));
    edit.fields.push_back(std::move(transition));
    DOORSTEP_TRY_ASSIGN(Value expected, Value::dots(live_dots(state, casework::stage_field)));
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
        if (view.asked.matter == matter) out.push_back(std::move(view));
    }
    return out;
}

Result<std::vector<RecordEdit>> answer_intent(Store& store, StreamNo stream, const RecordId& id) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> packed, store.record_state(id, stream));
    if (!packed) return Error{Errc::corrupt, "an admitted intent is gone"};
    DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*packed));
    if (!live_dots(state, intent::outcome).empty()) return std::vector<RecordEdit>();
    DOORSTEP_TRY_ASSIGN(const Stream home, store.stream_of(stream));
    const Intent asked = read_intent(state);
    const auto matter = find_matter(store, asked.matter, stream);
    if (!matter && matter.error().code != Errc::not_found) return matter.error();
    const auto verdict = matter ? judge(matter.value(), asked) : matter.error();
    std::vector<RecordEdit> edits;
    if (!verdict) {
        DOORSTEP_TRY_ASSIGN(RecordEdit no, outcome_edit(id, home, intent::rejected, error_name(verdict.error().code),
                                                        verdict.error().detail));
        edits.push_back(std::move(no));
        return edits;
    }
    const casework::Transition& row = *verdict.value();
    DOORSTEP_TRY_ASSIGN(RecordEdit yes, outcome_edit(id, home, intent::accepted, {}, row.rule));
    edits.push_back(std::move(yes));
    DOORSTEP_TRY_ASSIGN(FieldEdit stage, put_text(casework::stage_field, Kind::state, row.to));
    stage.seen = asked.expected;
    edits.push_back({asked.matter, matter.value().type, home, {std::move(stage)}});
    return edits;
}

}  // namespace doorstep
