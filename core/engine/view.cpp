#include "core/engine/view.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "core/engine/suggestion.hpp"
#include "core/model/reserved_field.hpp"

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
Status gather(Store& store, const Commit& commit, const Member& member, std::vector<HistoryEntry>& out) {
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        const auto part = Part::unpack(commit.parts[i]);
        if (!part) continue;  // not visible here, or held because it cannot be read
        DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(part.value().stream));
        if (stream != member.row.stream) continue;
        DOORSTEP_TRY_ASSIGN(const bool held, store.is_held(commit.header.dot, i));
        for (const RecordOps& ops : part.value().records) {
            if (ops.record != member.row.record) continue;
            for (const Op& op : ops.ops) {
                if (takes_away(op)) continue;  // the erasure itself stands beside it
                const FieldState* field = member.state.find(op.field, op.kind);
                out.push_back({ops.record, trace_of(commit.header), op.field, op.kind, op.action, op.value,
                               is_live(field, op, commit.header.dot), is_overruled(field, commit.header.dot), held});
                if (op.field != reserved_field::erasures) continue;
                DOORSTEP_TRY_ASSIGN(out.back().erased, find_erasure(store, op.value.as_record()));
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

/// Appends the commits that wrote the record and are not among `commits`.
Status add_writers(Store& store, const RecordId& record, std::vector<Commit>& commits) {
    DOORSTEP_TRY_ASSIGN(std::vector<Commit> writers, store.writers_of(record));
    std::set<Dot> known;
    for (const Commit& commit : commits) known.insert(commit.header.dot);
    for (Commit& writer : writers)
        if (known.insert(writer.header.dot).second) commits.push_back(std::move(writer));
    return ok();
}

/// Every row of the record's id, and the members of its group.
Result<std::vector<Member>> members_of(Store& store, const RecordId& record) {
    std::vector<Member> out;
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(record));
    for (RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(Group group, group_of(store, std::move(row)));
        for (Member& member : group.members) {
            const auto known = std::find_if(out.begin(), out.end(), [&](const Member& other) {
                return other.row.record == member.row.record && other.row.stream == member.row.stream;
            });
            if (known == out.end()) out.push_back(std::move(member));
        }
    }
    return out;
}

Result<RecordView> view_group(Store& store, const Group& group) {
    const Member& survivor = group.survivor();
    DOORSTEP_TRY_ASSIGN(const Stream stream, store.stream_of(survivor.row.stream));
    RecordView out;
    out.record = survivor.row.record;
    out.type = survivor.row.type;
    out.area = stream.area;
    out.conflicts = group.conflicts();
    out.existence = group.exists();
    for (const Member& member : group.members) out.members.push_back(member.row.record);
    RecordState joined;
    if (group.members.size() > 1) joined = group.joined();
    for (const FieldState& field : (group.members.size() > 1 ? joined : survivor.state).fields) {
        DOORSTEP_TRY_ASSIGN(FieldView view, view_field(store, field));
        if (!view.values.empty()) out.fields.push_back(std::move(view));
    }
    return out;
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
    DOORSTEP_TRY_ASSIGN(const Group group, group_of(store, row));
    return view_group(store, group);
}

Result<std::vector<RecordView>> view_records(Store& store, const std::vector<RecordRow>& rows) {
    std::vector<RecordView> out;
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(RecordView view, view_record(store, row));
        if (view.record == row.record) out.push_back(std::move(view));
    }
    return out;
}

Result<RecordView> read_record(Store& store, const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(const Group group, find_group(store, record));
    DOORSTEP_TRY_ASSIGN(RecordView view, view_group(store, group));
    DOORSTEP_TRY(add_suggestions(store, view));
    return view;
}

Result<std::vector<RecordView>> view_conflicts(Store& store, std::size_t rows_max) {
    for (std::size_t asked = rows_max;; asked *= 4) {  // a row can belong to a record that another row showed already
        DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.list_conflicts(asked));
        std::vector<RecordView> out;
        for (std::size_t i = 0; i < rows.size() && out.size() < rows_max; ++i) {
            DOORSTEP_TRY_ASSIGN(RecordView view, view_record(store, rows[i]));
            const bool shown = std::any_of(out.begin(), out.end(), [&](const RecordView& other) {
                return other.record == view.record && other.area == view.area;
            });
            if (view.conflicts == 0 || shown) continue;
            DOORSTEP_TRY(add_suggestions(store, view));
            out.push_back(std::move(view));
        }
        if (out.size() == rows_max || rows.size() < asked) return out;
    }
}

Result<std::vector<HistoryEntry>> record_history(Store& store, const RecordId& record) {
    std::vector<HistoryEntry> out;
    DOORSTEP_TRY_ASSIGN(const std::vector<Member> members, members_of(store, record));
    std::vector<Commit> commits;
    for (const Member& member : members) DOORSTEP_TRY(add_writers(store, member.row.record, commits));
    DOORSTEP_TRY(add_held_commits(store, commits));
    for (const Commit& commit : commits)
        for (const Member& member : members) DOORSTEP_TRY(gather(store, commit, member, out));
    std::set<RecordId> acts;  // one can stand in several commits, after a restore
    std::erase_if(out,
                  [&](const HistoryEntry& entry) { return entry.erased && !acts.insert(entry.erased->act).second; });
    std::stable_sort(out.begin(), out.end(), [](const HistoryEntry& a, const HistoryEntry& b) {
        return a.trace.wall_ms != b.trace.wall_ms ? a.trace.wall_ms < b.trace.wall_ms : a.trace.dot < b.trace.dot;
    });
    return out;
}

}  // namespace doorstep
