#include "core/engine/view.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "core/engine/suggestion.hpp"
#include "core/engine/writes.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

Result<ValueView> view_value(Tracer& tracer, const Alternative& alternative) {
    ValueView out{alternative.value, {}, alternative.dots};
    for (const Dot& dot : alternative.dots) {
        DOORSTEP_TRY_ASSIGN(Trace trace, tracer.find(dot));
        out.traces.push_back(std::move(trace));
    }
    return out;
}

Result<std::vector<ValueView>> view_values(Tracer& tracer, const std::vector<Alternative>& alternatives) {
    std::vector<ValueView> out;
    for (const Alternative& alternative : alternatives) {
        DOORSTEP_TRY_ASSIGN(ValueView view, view_value(tracer, alternative));
        out.push_back(std::move(view));
    }
    return out;
}

bool earlier(const ValueView& a, const ValueView& b) {
    const Trace &x = a.traces.front(), &y = b.traces.front();
    return x.wall_ms != y.wall_ms ? x.wall_ms < y.wall_ms : x.dot < y.dot;
}

Result<FieldView> view_field(Tracer& tracer, const FieldState& field) {
    FieldView out;
    out.field = field.field;
    out.kind = field.kind;
    out.conflict = in_conflict(field);
    std::vector<Alternative> values = field.kind == Kind::set ? elements(field) : alternatives(field);
    if (field.kind == Kind::log)
        for (const Live& line : field.live) values.push_back({line.value, line.rank, {line.dot}});
    DOORSTEP_TRY_ASSIGN(out.values, view_values(tracer, values));
    DOORSTEP_TRY_ASSIGN(out.overruled, view_values(tracer, overruled(field)));
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

/// The writes of one commit to the record, appended to `out`: each once, however many streams and copies hold it.
Status gather(Store& store, const Commit& commit, const Member& member, std::set<Bytes>& known,
              std::vector<HistoryEntry>& out) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordWrite> writes, writes_in(store, commit, member.row.record));
    for (const RecordWrite& write : writes) {
        const std::vector<StreamNo>& streams = member.streams;
        if (std::find(streams.begin(), streams.end(), write.stream) == streams.end()) continue;
        const std::vector<Bytes> keys = write.keys();
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const Op& op = write.ops.ops[i];
            if (takes_away(op)) continue;  // the erasure itself stands beside it
            if (!known.insert(keys[i]).second) continue;
            const FieldState* field = member.state.find(op.field, op.kind);
            out.push_back({write.ops.record, write.trace(), op.field, op.kind, op.action, op.value,
                           is_live(field, op, write.origin.dot), is_overruled(field, write.origin.dot), write.held});
            if (op.field != reserved_field::erasures) continue;
            DOORSTEP_TRY_ASSIGN(out.back().erased, find_erasure(store, op.value.as_record()));
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
    out.moved_to = survivor.moved_to;
    out.conflicts = out.moved_to ? 0 : group.conflicts();
    out.existence = group.exists();
    for (const Member& member : group.members) out.members.push_back(member.row.record);
    Tracer tracer(store, out.members);
    RecordState joined;
    if (group.members.size() > 1) joined = group.joined();
    for (const FieldState& field : (group.members.size() > 1 ? joined : survivor.state).fields) {
        DOORSTEP_TRY_ASSIGN(FieldView view, view_field(tracer, field));
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
        DOORSTEP_TRY_ASSIGN(const Group group, group_of(store, row));
        const Member& survivor = group.survivor();
        if (survivor.row.record != row.record || survivor.row.stream != row.stream) continue;
        DOORSTEP_TRY_ASSIGN(RecordView view, view_group(store, group));
        out.push_back(std::move(view));
    }
    return out;
}

Result<std::vector<RecordView>> list_views(Store& store, std::uint32_t type, std::size_t rows_max) {
    for (std::size_t asked = rows_max;; asked *= 2) {  // what was moved, or is the same thing, has several rows
        DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.list_records(type, asked));
        DOORSTEP_TRY_ASSIGN(std::vector<RecordView> out, view_records(store, rows));
        if (out.size() > rows_max) out.erase(out.begin() + static_cast<std::ptrdiff_t>(rows_max), out.end());
        if (out.size() == rows_max || rows.size() < asked) return out;
    }
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
    std::set<Bytes> known;
    for (const Commit& commit : commits)
        for (const Member& member : members) DOORSTEP_TRY(gather(store, commit, member, known, out));
    std::set<RecordId> acts;  // one can stand in several commits, after a restore
    std::erase_if(out,
                  [&](const HistoryEntry& entry) { return entry.erased && !acts.insert(entry.erased->act).second; });
    std::stable_sort(out.begin(), out.end(), [](const HistoryEntry& a, const HistoryEntry& b) {
        return a.trace.wall_ms != b.trace.wall_ms ? a.trace.wall_ms < b.trace.wall_ms : a.trace.dot < b.trace.dot;
    });
    return out;
}

}  // namespace doorstep
