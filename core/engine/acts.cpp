#include "core/engine/acts.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/engine/group.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

/// An edit of the member, where it lies.
Result<RecordEdit> edit_of(Store& store, const Member& member) {
    DOORSTEP_TRY_ASSIGN(const Stream home, store.stream_of(member.row.stream));
    return RecordEdit{member.row.record, member.row.type, home, {}};
}

/// One element for each limits::deletion_dots_max writes.
Status list_seen(const RecordState& state, RecordEdit& edit) {
    const std::vector<Dot> seen = live_dots(state);
    for (std::size_t at = 0; at == 0 || at < seen.size(); at += limits::deletion_dots_max) {
        const std::size_t end = std::min(seen.size(), at + limits::deletion_dots_max);
        DOORSTEP_TRY_ASSIGN(Value listed, Value::dots({seen.data() + at, seen.data() + end}));
        edit.fields.push_back({reserved_field::deletions, Kind::set, Op::Action::put, std::move(listed), {}});
    }
    return ok();
}

}  // namespace

Result<std::vector<RecordEdit>> removal(Store& store, const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(const Group group, find_group(store, record));
    std::vector<RecordEdit> edits;
    for (const Member& member : group.members) {
        if (existence(member.state) == Existence::deleted) continue;
        DOORSTEP_TRY_ASSIGN(RecordEdit edit, edit_of(store, member));
        DOORSTEP_TRY(list_seen(member.state, edit));
        edits.push_back(std::move(edit));
    }
    return edits;
}

Result<std::vector<RecordEdit>> restoration(Store& store, const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(const Group group, find_group(store, record));
    std::vector<RecordEdit> edits;
    for (const Member& member : group.members) {
        const FieldState* deletions = member.state.find(reserved_field::deletions, Kind::set);
        if (!deletions || deletions->live.empty()) continue;
        DOORSTEP_TRY_ASSIGN(RecordEdit edit, edit_of(store, member));
        for (const Live& live : deletions->live)
            edit.fields.push_back({reserved_field::deletions, Kind::set, Op::Action::remove, live.value, {}});
        edits.push_back(std::move(edit));
    }
    return edits;
}

Result<std::vector<RecordEdit>> sameness(Store& store, const RecordId& a, const RecordId& b, Op::Action action) {
    if (a == b) return Error{Errc::invalid_argument, "a record is the same as itself"};
    std::vector<RecordEdit> edits;
    for (const RecordId& id : {a, b}) {
        DOORSTEP_TRY_ASSIGN(const Group group, find_group(store, id));
        const auto own = std::find_if(group.members.begin(), group.members.end(),
                                      [&](const Member& member) { return member.row.record == id; });
        DOORSTEP_TRY_ASSIGN(RecordEdit edit, edit_of(store, *own));
        const Value other = Value::record(id == a ? b : a);
        edit.fields.push_back({reserved_field::same_as, Kind::set, action, other, {}});
        edits.push_back(std::move(edit));
    }
    if (edits[0].type != edits[1].type)
        return Error{Errc::invalid_argument, "two records of different types are not the same thing"};
    if (action == Op::Action::put && !(edits[0].home.compartment == edits[1].home.compartment))
        return Error{Errc::invalid_argument, "a record in one compartment is not the same as one in another"};
    return edits;
}

}  // namespace doorstep
