#include "core/engine/spread.hpp"

#include <algorithm>

#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

/// Those of the dots that the op would supersede in the member.
std::vector<Dot> superseded_in(const RecordState& member, const Op& op) {
    std::vector<Dot> out;
    const FieldState* field = member.find(op.field, op.kind);
    if (!field) return out;
    for (const Live& live : field->live)
        if ((op.kind != Kind::set || live.value == op.value) &&
            std::binary_search(op.supersedes.begin(), op.supersedes.end(), live.dot))
            out.push_back(live.dot);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void spread_op(const Op& op, const Group& group, std::size_t own, std::vector<RecordOps>& out) {
    std::vector<std::vector<Dot>> seen(group.members.size());
    std::size_t first = group.members.size();  // the member that gets what stands nowhere, and a count's correction
    std::vector<Dot> nowhere = op.supersedes;
    for (std::size_t i = 0; i < group.members.size() && !reserved_field::is_of_the_record(op.field); ++i) {
        seen[i] = superseded_in(group.members[i].state, op);
        if (!seen[i].empty() && (first == group.members.size() || i == own)) first = i;
        std::erase_if(nowhere, [&](const Dot& dot) { return std::binary_search(seen[i].begin(), seen[i].end(), dot); });
    }
    if (first == group.members.size()) {
        out[own].ops.push_back(op);
        return;
    }
    seen[first].insert(seen[first].end(), nowhere.begin(), nowhere.end());
    std::sort(seen[first].begin(), seen[first].end());
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        if (seen[i].empty()) continue;
        Op mine = op;
        mine.supersedes = std::move(seen[i]);
        if (op.kind == Kind::count && i != first) mine.value = Value::integer(0);
        out[i].ops.push_back(std::move(mine));
    }
}

}  // namespace

RecordState shown_state(const Group& group, std::size_t own) {
    if (group.members.size() == 1) return group.members.front().state;
    RecordState shown = group.joined();
    std::erase_if(shown.fields, [](const FieldState& field) { return reserved_field::is_of_the_record(field.field); });
    for (const FieldState& field : group.members[own].state.fields)
        if (reserved_field::is_of_the_record(field.field)) shown.fields.push_back(field);
    return shown;
}

std::vector<RecordOps> spread(const RecordOps& edited, const Group& group, std::size_t own) {
    if (group.members.size() == 1) return {edited};
    std::vector<RecordOps> out;
    for (const Member& member : group.members) out.push_back({member.row.record, member.row.type, {}});
    for (const Op& op : edited.ops) spread_op(op, group, own, out);
    return out;
}

}  // namespace doorstep
