#include "core/merge/same_as.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/base/limits.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

/// One commit can have written the same to two records: that is one thing said, unless each time counts.
void sort_out(FieldState& field) {
    std::stable_sort(field.live.begin(), field.live.end(), [](const Live& a, const Live& b) {
        return std::tie(a.dot, a.value, a.rank) < std::tie(b.dot, b.value, b.rank);
    });
    if (field.kind == Kind::log || field.kind == Kind::count) return;
    const auto same = [](const Live& a, const Live& b) { return a.dot == b.dot && a.value == b.value; };
    field.live.erase(std::unique(field.live.begin(), field.live.end(), same), field.live.end());
}

}  // namespace

std::vector<RecordId> links(const RecordState& state) {
    std::vector<RecordId> out;
    const FieldState* field = state.find(reserved_field::same_as, Kind::set);
    if (!field) return out;
    for (const Live& live : field->live)
        if (live.value.type() == ValueType::record) out.push_back(live.value.as_record());
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    if (out.size() > limits::same_as_max) out.clear();
    return out;
}

bool linked(const RecordId& a, const RecordState& state_a, const RecordId& b, const RecordState& state_b) {
    if (a == b || state_a.type != state_b.type) return false;
    const std::vector<RecordId> from_a = links(state_a), from_b = links(state_b);
    return std::binary_search(from_a.begin(), from_a.end(), b) && std::binary_search(from_b.begin(), from_b.end(), a);
}

RecordState join(const std::vector<const RecordState*>& records) {
    std::map<std::pair<std::uint32_t, Kind>, FieldState> fields;
    RecordState out;
    for (const RecordState* record : records) {
        out.type = out.type == 0 ? record->type : std::min(out.type, record->type);
        for (const FieldState& field : record->fields) {
            if (field.field == reserved_field::home) continue;  // each its own
            FieldState& joined = fields[{field.field, field.kind}];
            joined.field = field.field;
            joined.kind = field.kind;
            joined.live.insert(joined.live.end(), field.live.begin(), field.live.end());
        }
    }
    for (auto& [key, field] : fields) {
        sort_out(field);
        out.fields.push_back(std::move(field));
    }
    return out;
}

}  // namespace doorstep
