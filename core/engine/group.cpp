#include "core/engine/group.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/limits.hpp"
#include "core/merge/conflict.hpp"
#include "core/merge/home.hpp"

namespace doorstep {
namespace {

using Members = std::map<RecordId, Member>;

/// Takes in, of the rows that are left, those that know of a move that the member knows of.
Status join_moved(std::vector<RecordRow>& rows, Member& member) {
    bool grew = true;
    while (grew) {
        grew = false;
        for (auto row = rows.begin(); row != rows.end(); ++row) {
            if (row->type != member.row.type) continue;
            DOORSTEP_TRY_ASSIGN(const RecordState other, RecordState::unpack(row->state));
            if (!share_a_move(member.state, other)) continue;
            unite(member.state, other);
            member.streams.push_back(row->stream);
            rows.erase(row);
            grew = true;
            break;
        }
    }
    return ok();
}

/// Adds the neighbours of `from` that are here, in the same compartment, and link back; their ids go to `found`. What
/// is joined is decided and read as one, so that words of a sealed matter would pass into a record that is not.
Status add_neighbours(Store& store, const Member& from, Members& members, std::vector<RecordId>& found) {
    DOORSTEP_TRY_ASSIGN(const Stream home, store.stream_of(from.row.stream));
    for (const RecordId& id : links(from.state)) {
        if (members.count(id) == 1) continue;
        DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(id));
        for (RecordRow& row : rows) {
            DOORSTEP_TRY_ASSIGN(Member neighbour, member_of(store, std::move(row)));
            if (neighbour.moved_to || !linked(from.row.record, from.state, id, neighbour.state)) continue;
            DOORSTEP_TRY_ASSIGN(const Stream there, store.stream_of(neighbour.row.stream));
            if (!(there.compartment == home.compartment)) continue;
            members.emplace(id, std::move(neighbour));
            found.push_back(id);
            break;
        }
    }
    return ok();
}

bool is_deleted(const Member& member) { return existence(member.state) == Existence::deleted; }

}  // namespace

const Member& Group::survivor() const {
    const auto standing = std::find_if_not(members.begin(), members.end(), is_deleted);
    return standing == members.end() ? members.front() : *standing;
}

RecordState Group::joined() const {
    if (members.size() == 1) return members.front().state;
    std::vector<const RecordState*> states;
    for (const Member& member : members)
        if (!is_deleted(member)) states.push_back(&member.state);
    if (states.empty())
        for (const Member& member : members) states.push_back(&member.state);
    return join(states);
}

Existence Group::exists() const {
    bool all_deleted = true;
    for (const Member& member : members) {
        const Existence exists = existence(member.state);
        if (exists == Existence::deleted_while_edited) return exists;
        all_deleted = all_deleted && exists == Existence::deleted;
    }
    return all_deleted ? Existence::deleted : Existence::alive;
}

std::uint32_t Group::conflicts() const {
    if (members.size() == 1) return count_conflicts(members.front().state);
    const Existence all = exists();
    if (all == Existence::deleted) return 0;
    const RecordState whole = joined();
    const auto fields = std::count_if(whole.fields.begin(), whole.fields.end(), in_conflict);
    return static_cast<std::uint32_t>(fields) + (all == Existence::deleted_while_edited ? 1 : 0);
}

Result<Member> member_of(Store& store, RecordRow row) {
    Member out{std::move(row), {}, {}, {}};
    DOORSTEP_TRY_ASSIGN(out.state, RecordState::unpack(out.row.state));
    out.streams = {out.row.stream};
    if (!home_of(out.state)) return out;
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(out.row.record));
    std::erase_if(rows, [&](const RecordRow& other) { return other.stream == out.row.stream; });
    DOORSTEP_TRY(join_moved(rows, out));
    DOORSTEP_TRY_ASSIGN(Stream home, store.stream_of(out.row.stream));
    home.area = *home_of(out.state);
    for (const StreamNo stream : out.streams) {
        DOORSTEP_TRY_ASSIGN(const Stream here, store.stream_of(stream));
        if (!(here == home)) continue;
        out.row.stream = stream;
        return out;
    }
    out.moved_to = home.area;
    return out;
}

Result<Group> group_of(Store& store, RecordRow row) {
    DOORSTEP_TRY_ASSIGN(Member first, member_of(store, std::move(row)));
    Group group;
    if (first.moved_to || links(first.state).empty()) {
        group.members.push_back(std::move(first));
        return group;
    }
    Members members;
    std::vector<RecordId> to_visit{first.row.record};
    members.emplace(first.row.record, first);
    while (!to_visit.empty() && members.size() <= limits::same_as_max) {
        const RecordId next = to_visit.back();
        to_visit.pop_back();
        const Member from = members.at(next);
        DOORSTEP_TRY(add_neighbours(store, from, members, to_visit));
    }
    if (members.size() > limits::same_as_max) {
        group.members.push_back(std::move(first));
        return group;
    }
    for (auto& [id, member] : members) group.members.push_back(std::move(member));
    return group;
}

Result<Group> find_group(Store& store, const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(record));
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    return group_of(store, std::move(rows.front()));
}

}  // namespace doorstep
