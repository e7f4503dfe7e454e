#include "core/merge/deletion.hpp"

#include <algorithm>

#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

void sort_out(std::vector<Dot>& dots) {
    std::sort(dots.begin(), dots.end());
    dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
}

}  // namespace

std::vector<Dot> live_dots(const RecordState& state) {
    std::vector<Dot> dots;
    for (const FieldState& field : state.fields)
        if (field.field != reserved_field::deletions && field.field != reserved_field::home &&
            field.field != reserved_field::erasures)
            for (const Live& live : field.live) dots.push_back(live.dot);
    sort_out(dots);
    return dots;
}

Existence existence(const RecordState& state) {
    const FieldState* deletions = state.find(reserved_field::deletions, Kind::set);
    if (!deletions || deletions->live.empty()) return Existence::alive;
    std::vector<Dot> seen;
    for (const Live& live : deletions->live) {
        const std::vector<Dot> listed = live.value.as_dots();
        seen.insert(seen.end(), listed.begin(), listed.end());
    }
    sort_out(seen);
    const std::vector<Dot> here = live_dots(state);
    const bool all_seen = std::includes(seen.begin(), seen.end(), here.begin(), here.end());
    return all_seen ? Existence::deleted : Existence::deleted_while_edited;
}

}  // namespace doorstep
