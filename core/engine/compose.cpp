#include "core/engine/compose.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/engine/spread.hpp"
#include "core/merge/conflict.hpp"
#include "core/model/op_order.hpp"
#include "core/model/record_id.hpp"

namespace doorstep {
namespace {

/// The writes that an edit replaces when its author did not say what they saw.
std::vector<Dot> shown_dots(const FieldState& field, const FieldEdit& edit) {
    if (edit.kind == Kind::log || edit.kind == Kind::count) return {};
    if (edit.kind != Kind::set) {
        const auto all = alternatives(field);
        return all.empty() ? std::vector<Dot>() : all.front().dots;
    }
    for (const Alternative& element : elements(field))
        if (element.value == edit.value) return element.dots;
    return {};
}

/// One more than the deepest of the writes replaced. A write that is no longer live counts as the shallowest.
std::uint32_t depth_above(const FieldState* field, const std::vector<Dot>& seen) {
    std::uint32_t deepest = 0;
    if (field)
        for (const Live& live : field->live)
            if (std::binary_search(seen.begin(), seen.end(), live.dot)) deepest = std::max(deepest, live.rank);
    return deepest == ~std::uint32_t{0} ? deepest : deepest + 1;
}

Result<Op> make_op(const RecordState& state, const FieldEdit& edit) {
    const FieldState* field = state.find(edit.field);
    Op op;
    op.field = edit.field;
    op.kind = edit.kind;
    op.action = edit.action;
    op.value = edit.value;
    if (edit.kind != Kind::log)
        op.supersedes = edit.seen ? *edit.seen : field ? shown_dots(*field, edit) : std::vector<Dot>();
    std::sort(op.supersedes.begin(), op.supersedes.end());
    op.supersedes.erase(std::unique(op.supersedes.begin(), op.supersedes.end()), op.supersedes.end());
    if (op.supersedes.size() > limits::superseded_max)
        return Error{Errc::invalid_argument, "more alternatives than one decision can settle"};
    if (!op.supersedes.empty()) op.depth = depth_above(field, op.supersedes);
    return op;
}

/// Whether the op would change nothing: a need that is there already, or the removal of one that is not.
bool is_idle(const Op& op) { return op.kind == Kind::set && (op.action == Op::Action::put) == !op.supersedes.empty(); }

/// Whether the save leaves each set within its limit, and adds to each count once.
Status check_sizes(const RecordEdit& edit, const RecordState& state) {
    const RecordSchema* schema = record_schema(edit.type);
    for (const FieldEdit& field : edit.fields) {
        const auto same_field = [&](const FieldEdit& other) {
            return other.field == field.field && other.action == Op::Action::put;
        };
        const auto writes = std::count_if(edit.fields.begin(), edit.fields.end(), same_field);
        if (field.kind == Kind::count && writes > 1)
            return Error{Errc::invalid_argument, "one save adds to a count twice; add the two up"};
        if (field.kind != Kind::set || field.action != Op::Action::put) continue;
        const FieldSchema* known = schema ? schema->field(field.field) : nullptr;
        const FieldState* before = state.find(field.field);
        const std::size_t there = before ? elements(*before).size() : 0;
        if (there + static_cast<std::size_t>(writes) > (known ? known->elements_max : limits::set_elements_max))
            return Error{Errc::invalid_argument, "a set would hold more than it may"};
    }
    return ok();
}

Result<RecordOps> make_record(const RecordEdit& edit, const RecordId& record, const RecordState& state,
                              const Stamp& stamp) {
    DOORSTEP_TRY(check_sizes(edit, state));
    RecordOps out{record, edit.type, {}};
    for (const FieldEdit& field : edit.fields) {
        DOORSTEP_TRY_ASSIGN(Op op, make_op(state, field));
        DOORSTEP_TRY(stamp.forms ? stamp.forms->validate(edit.type, op) : validate(edit.type, op));
        DOORSTEP_TRY(may_write(stamp.side, op));
        out.ops.push_back(std::move(op));
    }
    put_in_order(out.ops);
    std::erase_if(out.ops, is_idle);
    return out;
}

/// What an edit is about: a record as it is shown, which can be several that are the same thing.
struct Target {
    Group group;          ///< of one member without a state when the record is new
    std::size_t own = 0;  ///< the member that is edited
};

/// Leaves out the others that lie outside the scope.
Status keep_writable(Store& store, Group& group, const RecordId& own, const Scope* scope) {
    if (!scope) return ok();
    std::vector<Member> kept;
    for (Member& member : group.members) {
        DOORSTEP_TRY_ASSIGN(const Stream home, store.stream_of(member.row.stream));
        if (member.row.record == own || scope->writes(home)) kept.push_back(std::move(member));
    }
    group.members = std::move(kept);
    return ok();
}

/// The record where it lies. A forged id can lie in several streams: the one that the edit names counts, else the first
/// of the edit's type.
Result<Target> find_target(Store& store, const RecordEdit& edit, const Scope* scope) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(*edit.record));
    std::optional<RecordRow> found;
    for (RecordRow& row : rows) {
        if (row.type != edit.type) continue;
        DOORSTEP_TRY_ASSIGN(const Stream home, store.stream_of(row.stream));
        if (!found || home == edit.home) found = std::move(row);
    }
    if (!found) return Error{Errc::not_found, "no record of this id and type"};
    Target target;
    DOORSTEP_TRY_ASSIGN(target.group, group_of(store, std::move(*found)));
    DOORSTEP_TRY(keep_writable(store, target.group, *edit.record, scope));
    while (target.group.members[target.own].row.record != *edit.record) ++target.own;
    return target;
}

Part& part_for(std::vector<Part>& parts, const Stream& home, Entropy& entropy) {
    for (Part& part : parts)
        if (part.stream == home) return part;
    parts.push_back({home, entropy.draw<Salt>(), {}});
    return parts.back();
}

Status add(Part& part, RecordOps ops) {
    if (ops.ops.empty()) return ok();
    if (ops.ops.size() > limits::record_ops_max || part.records.size() == limits::part_records_max)
        return Error{Errc::commit_too_large, "one save changes too much at once"};
    part.records.push_back(std::move(ops));
    return ok();
}

/// The ops of an edit of what is there, each in the part of the stream that its record lies in.
Status add_edit(Store& store, const RecordEdit& edit, const Stamp& stamp, Entropy& entropy, std::vector<Part>& parts) {
    DOORSTEP_TRY_ASSIGN(const Target target, find_target(store, edit, stamp.scope));
    const std::vector<Member>& members = target.group.members;
    if (const auto& to = members[target.own].moved_to)
        return Error{Errc::moved, "the record was moved to " + to->text() + ", which is not here"};
    const RecordState shown = shown_state(target.group, target.own);
    DOORSTEP_TRY_ASSIGN(const RecordOps ops, make_record(edit, *edit.record, shown, stamp));
    std::vector<RecordOps> each = spread(ops, target.group, target.own);
    for (std::size_t i = 0; i < each.size(); ++i) {
        DOORSTEP_TRY_ASSIGN(const Stream home, store.stream_of(members[i].row.stream));
        DOORSTEP_TRY(add(part_for(parts, home, entropy), std::move(each[i])));
    }
    return ok();
}

}  // namespace

Result<Commit> pack_commit(std::vector<Part> parts, const Stamp& stamp) {
    Commit commit;
    commit.header = {stamp.dot,       stamp.previous, stamp.hlc,      stamp.wall_ms,
                     stamp.offset_ms, stamp.author,   schema_version, {}};
    std::size_t bytes = 0;
    for (Part& part : parts) {
        std::sort(part.records.begin(), part.records.end(),
                  [](const RecordOps& a, const RecordOps& b) { return a.record < b.record; });
        for (std::size_t i = 1; i < part.records.size(); ++i)
            if (part.records[i - 1].record == part.records[i].record)
                return Error{Errc::invalid_argument, "one save edits a record twice; put its changes together"};
        commit.parts.push_back(part.pack());
        commit.header.parts.push_back(part_hash(commit.parts.back()));
        bytes += commit.parts.back().size() + Hash::size;
    }
    if (commit.parts.size() > limits::commit_parts_max)
        return Error{Errc::invalid_argument, "one save touches too many areas"};
    if (bytes + 512 > limits::commit_bytes_max)
        return Error{Errc::commit_too_large, "one save would be " + std::to_string(bytes) + " bytes"};
    return commit;
}

Result<Composed> compose(Store& store, const std::vector<RecordEdit>& edits, const Stamp& stamp, Entropy& entropy) {
    Composed out;
    std::vector<Part> parts;
    std::uint32_t nth_new = 0;
    for (const RecordEdit& edit : edits) {
        if (edit.record) {
            DOORSTEP_TRY(add_edit(store, edit, stamp, entropy, parts));
            out.records.push_back(*edit.record);
            continue;
        }
        Part& part = part_for(parts, edit.home, entropy);
        out.records.push_back(derive_record_id(stamp.hlc, part.salt, nth_new++));
        DOORSTEP_TRY_ASSIGN(RecordOps ops, make_record(edit, out.records.back(), {}, stamp));
        DOORSTEP_TRY(add(part, std::move(ops)));
    }
    std::erase_if(parts, [](const Part& part) { return part.records.empty(); });
    if (parts.empty()) return Error{Errc::invalid_argument, "nothing would change"};
    DOORSTEP_TRY_ASSIGN(out.commit, pack_commit(std::move(parts), stamp));
    return out;
}

}  // namespace doorstep
