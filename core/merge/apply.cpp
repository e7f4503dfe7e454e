#include <algorithm>
#include <tuple>

#include "core/base/planted_bug.hpp"
#include "core/merge/record_state.hpp"
#include "core/model/erasure.hpp"
#include "core/model/origin.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

// What tells two writes of one commit to one field apart: the element of a set, the place in a log. Two that are still
// alike but for their words met under one dot that was used twice (docs/adr/0018): both stand, in any order.
bool before(const Live& a, const Live& b, Kind kind) {
    if (a.dot != b.dot) return a.dot < b.dot;
    if (kind == Kind::log && a.rank != b.rank) return a.rank < b.rank;
    return a.value != b.value ? a.value < b.value : a.rank < b.rank;
}

bool before(const Superseded& a, const Superseded& b) { return a.dot != b.dot ? a.dot < b.dot : a.element < b.element; }

Superseded key_of(const Dot& dot, const Op& op) { return {dot, op.kind == Kind::set ? op.value : Value::cleared()}; }

FieldState& field_of(RecordState& state, std::uint32_t id, Kind kind) {
    const auto at = std::find_if(state.fields.begin(), state.fields.end(), [&](const FieldState& candidate) {
        return std::tie(candidate.field, candidate.kind) >= std::tie(id, kind);
    });
    if (at != state.fields.end() && at->field == id && at->kind == kind) return *at;
    FieldState fresh;
    fresh.field = id;
    fresh.kind = kind;
    return *state.fields.insert(at, std::move(fresh));
}

void supersede(FieldState& field, const Superseded& key) {
    const auto at = std::lower_bound(field.superseded.begin(), field.superseded.end(), key,
                                     [](const Superseded& a, const Superseded& b) { return before(a, b); });
    if (at != field.superseded.end() && !before(key, *at)) return;
    field.superseded.insert(at, key);
    const bool by_element = field.kind == Kind::set && key.element != erased_mark();
    std::erase_if(field.live,
                  [&](const Live& live) { return live.dot == key.dot && (!by_element || live.value == key.element); });
}

bool is_superseded(const FieldState& field, const Superseded& key) {
    return std::binary_search(field.superseded.begin(), field.superseded.end(), key,
                              [](const Superseded& a, const Superseded& b) { return before(a, b); });
}

void put(FieldState& field, const Superseded& key, Live live) {
    if (is_superseded(field, key)) return;
    if (field.kind == Kind::set && is_superseded(field, {key.dot, erased_mark()})) return;
    const auto at = std::lower_bound(field.live.begin(), field.live.end(), live,
                                     [&](const Live& a, const Live& b) { return before(a, b, field.kind); });
    if (at != field.live.end() && !before(live, *at, field.kind)) return;
    if (planted(PlantedBug::latest_on_value) && field.kind == Kind::value) return field.live.assign({std::move(live)});
    field.live.insert(at, std::move(live));
}

}  // namespace

void apply(RecordState& state, const RecordOps& record, const Dot& written) {
    const std::optional<Origin> origin = origin_of(record);
    const Dot& dot = origin ? origin->dot : written;
    state.type = state.type == 0 ? record.type : std::min(state.type, record.type);
    LineCounter lines(origin ? origin->first_line : 0);
    for (const Op& op : record.ops) {
        if (origin && op.field == reserved_field::origin)
            continue;  // it is in the log, for who asks where words come from
        FieldState& field = field_of(state, op.field, op.kind);
        for (const Dot& seen : op.supersedes) {
            if (planted(PlantedBug::drop_supersede) && op.supersedes.size() > 1 && seen == op.supersedes.back())
                continue;
            supersede(field, key_of(seen, op));
        }
        if (op.action == Op::Action::remove) continue;
        const std::uint32_t line = lines.next(op.field);
        put(field, key_of(dot, op), {dot, op.kind == Kind::log ? line : op.depth, op.value});
    }
}

void unite(RecordState& state, const RecordState& other) {
    if (other.type != 0) state.type = state.type == 0 ? other.type : std::min(state.type, other.type);
    for (const FieldState& from : other.fields) {
        FieldState& field = field_of(state, from.field, from.kind);
        for (const Superseded& key : from.superseded) supersede(field, key);
        for (const Live& live : from.live)
            put(field, {live.dot, from.kind == Kind::set ? live.value : Value::cleared()}, live);
    }
}

const FieldState* RecordState::find(std::uint32_t field) const {
    for (const FieldState& candidate : fields)
        if (candidate.field == field) return &candidate;
    return nullptr;
}

const FieldState* RecordState::find(std::uint32_t field, Kind kind) const {
    for (const FieldState& candidate : fields)
        if (candidate.field == field && candidate.kind == kind) return &candidate;
    return nullptr;
}

}  // namespace doorstep
