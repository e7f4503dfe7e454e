#include "core/merge/conflict.hpp"

#include <algorithm>

namespace doorstep {
namespace {

bool holds_one_value(Kind kind) { return kind != Kind::set && kind != Kind::log; }

/// The live writes gathered by value, in the order of values.
std::vector<Alternative> by_value(const FieldState& field) {
    std::vector<Alternative> out;
    for (const Live& live : field.live) {
        const auto at =
            std::find_if(out.begin(), out.end(), [&](const Alternative& a) { return !(a.value < live.value); });
        const bool known = at != out.end() && at->value == live.value;
        Alternative& alternative = known ? *at : *out.insert(at, Alternative{live.value, 0, {}});
        alternative.depth = std::max(alternative.depth, live.rank);
        alternative.dots.push_back(live.dot);
    }
    return out;
}

}  // namespace

std::vector<Alternative> alternatives(const FieldState& field) {
    if (!holds_one_value(field.kind)) return {};
    std::vector<Alternative> out = by_value(field);
    std::sort(out.begin(), out.end(), [](const Alternative& a, const Alternative& b) {
        return a.depth != b.depth ? a.depth > b.depth : b.dots.back() < a.dots.back();
    });
    return out;
}

bool in_conflict(const FieldState& field) { return holds_one_value(field.kind) && by_value(field).size() > 1; }

std::uint32_t count_conflicts(const RecordState& state) {
    return static_cast<std::uint32_t>(std::count_if(state.fields.begin(), state.fields.end(), in_conflict));
}

std::vector<Alternative> elements(const FieldState& field) {
    return field.kind == Kind::set ? by_value(field) : std::vector<Alternative>{};
}

}  // namespace doorstep
