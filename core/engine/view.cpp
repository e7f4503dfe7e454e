#include "core/engine/view.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace doorstep {
namespace {

Trace trace_of(const Header& header) {
    return {header.dot, header.author, header.wall_ms - static_cast<std::uint64_t>(header.offset_ms)};
}

Result<Trace> find_trace(Store& store, const Dot& dot) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store.find_commit(dot));
    if (!commit) return Trace{dot, {}, 0};
    return trace_of(commit->header);
}

Result<ValueView> view_value(Store& store, const Alternative& alternative) {
    ValueView out{alternative.value, {}, alternative.dots};
    for (const Dot& dot : alternative.dots) {
        DOORSTEP_TRY_ASSIGN(Trace trace, find_trace(store, dot));
        out.traces.push_back(std::move(trace));
    }
    return out;
}

Result<std::vector<ValueView>> view_values(Store& store, const std::vector<Alternative>& alternatives) {
    std::vector<ValueView> out;
    for (const Alternative& alternative : alternatives) {
        DOORSTEP_TRY_ASSIGN(ValueView view, view_value(store, alternative));
        out.push_back(std::move(view));
    }
    return out;
}

bool earlier(const ValueView& a, const ValueView& b) {
    const Trace &x = a.traces.front(), &y = b.traces.front();
    return x.wall_ms != y.wall_ms ? x.wall_ms < y.wall_ms : x.dot < y.dot;
}

Result<FieldView> view_field(Store& store, const FieldState& field) {
    FieldView out;
    out.field = field.field;
    out.kind = field.kind;
    out.conflict = in_conflict(field);
    std::vector<Alternative> values = field.kind == Kind::set ? elements(field) : alternatives(field);
    if (field.kind == Kind::log)
        for (const Live& line : field.live) values.push_back({line.value, line.rank, {line.dot}});
    DOORSTEP_TRY_ASSIGN(out.values, view_values(store, values));
    DOORSTEP_TRY_ASSIGN(out.overruled, view_values(store, overruled(field)));
    if (field.kind == Kind::log) std::stable_sort(out.values.begin(), out.values.end(), earlier);
    return out;
}

bool is_live(const FieldState* field, const Op& op, const Dot& dot) {
    if (!field || op.action == Op::Action::remove) return false;
    return std::any_of(field->live.begin(), field->live.end(),
                       [&](const Live& live) { return live.dot == dot && live.value == op.value; });
}

bool is_overruled(const FieldState* field, const Dot& dot) {
    const std::vector<Alternative> passed = field ? overruled(*field) : std::vector<Alternative>();
    return std::any_of(passed.begin(), passed.end(), [&](const Alternative& alternative) {
        return std::binary_search(alternative.dots.begin(), alternative.dots.end(), dot);
    });
}

/// The writes of one commit to the record, appended to `out`.
Status gather(Store& store, const Commit& commit, const RecordRow& row, const RecordState& state,
              std::vector<HistoryEntry>& out) {
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        const auto part = Part::unpack(commit.parts[i]);
        if (!part) continue;  // not visible here, or held because it cannot be read
        DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(part.value().stream));
        if (stream != row.stream) continue;
        DOORSTEP_TRY_ASSIGN(const bool held, store.is_held(commit.header.dot, i));
        for (const RecordOps& ops : part.value().records) {
            if (ops.record != row.record) continue;
            for (const Op& op : ops.ops) {
                const FieldState* field = state.find(op.field);
                out.push_back({trace_of(commit.header), op.field, op.kind, op.action, op.value,
                               is_live(field, op, commit.header.dot), is_overruled(field, commit.header.dot), held});
            }
        }
    }
    return ok();
}

/// Appends the commits with a held part that are not among `commits`: they may have tried to write the same record.
Status add_held_commits(Store& store, std::vector<Commit>& commits) {
    DOORSTEP_TRY_ASSIGN(const std::vector<HeldPart> held, store.held(std::numeric_limits<std::int32_t>::max()));
    std::set<Dot> known;
    for (const Commit& commit : commits) known.insert(commit.header.dot);
    for (const HeldPart& part : held) {
        if (!known.insert(part.dot).second) continue;
        DOORSTEP_TRY_ASSIGN(std::optional<Commit> commit, store.find_commit(part.dot));
        if (commit) commits.push_back(std::move(*commit));
    }
    return ok();
}

}  // namespace

const FieldView* RecordView::field(std::uint32_t id) const {
    for (const FieldView& candidate : fields)
        if (candidate.field == id && !candidate.values.empty()) return &candidate;
    return nullptr;
}

std::string_view RecordView::text(std::uint32_t id) const {
    const FieldView* found = field(id);
    return found ? found->values.front().value.as_text() : std::string_view();
}

Result<RecordView> view_record(Store& store, const RecordRow& row) {
    DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
    DOORSTEP_TRY_ASSIGN(const Stream stream, store.stream_of(row.stream));
    RecordView out;
    out.record = row.record;
    out.type = row.type;
    out.area = stream.area;
    out.conflicts = count_conflicts(state);
    for (const FieldState& field : state.fields) {
        DOORSTEP_TRY_ASSIGN(FieldView view, view_field(store, field));
        if (!view.values.empty()) out.fields.push_back(std::move(view));
    }
    return out;
}

Result<std::vector<RecordView>> view_records(Store& store, const std::vector<RecordRow>& rows) {
    std::vector<RecordView> out;
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(RecordView view, view_record(store, row));
        out.push_back(std::move(view));
    }
    return out;
}

Result<RecordView> read_record(Store& store, const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(record));
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    return view_record(store, rows.front());
}

Result<std::vector<HistoryEntry>> record_history(Store& store, const RecordId& record) {
    std::vector<HistoryEntry> out;
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(record));
    DOORSTEP_TRY_ASSIGN(std::vector<Commit> commits, store.writers_of(record));
    DOORSTEP_TRY(add_held_commits(store, commits));
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        for (const Commit& commit : commits) DOORSTEP_TRY(gather(store, commit, row, state, out));
    }
    std::stable_sort(out.begin(), out.end(), [](const HistoryEntry& a, const HistoryEntry& b) {
        return a.trace.wall_ms != b.trace.wall_ms ? a.trace.wall_ms < b.trace.wall_ms : a.trace.dot < b.trace.dot;
    });
    return out;
}

}  // namespace doorstep
