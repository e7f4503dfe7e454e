#include "core/merge/home.hpp"

#include <algorithm>

#include "core/merge/conflict.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

/// Of every move that the record knows of, ascending.
std::vector<Dot> moves(const RecordState& state) {
    std::vector<Dot> out;
    const FieldState* field = state.find(reserved_field::home, Kind::state);
    if (!field) return out;
    for (const Live& live : field->live) out.push_back(live.dot);
    for (const Superseded& superseded : field->superseded) out.push_back(superseded.dot);
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

std::optional<Area> home_of(const RecordState& state) {
    const FieldState* field = state.find(reserved_field::home, Kind::state);
    if (!field) return std::nullopt;
    for (const Alternative& alternative : alternatives(*field))
        if (const auto area = Area::parse(alternative.value.as_text())) return area.value();
    return std::nullopt;
}

bool share_a_move(const RecordState& a, const RecordState& b) {
    const std::vector<Dot> of_a = moves(a), of_b = moves(b);
    return std::any_of(of_a.begin(), of_a.end(),
                       [&](const Dot& dot) { return std::binary_search(of_b.begin(), of_b.end(), dot); });
}

}  // namespace doorstep
