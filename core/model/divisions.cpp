#include "core/model/divisions.hpp"

#include <algorithm>

namespace doorstep {
namespace {

bool by_code(const Division& a, const Division& b) { return a.code < b.code; }

/// Cuts off and returns what stands before the separator, or everything.
std::string_view cut(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return field;
}

}  // namespace

Divisions::Divisions(std::vector<Division> rows) : rows_(std::move(rows)) {
    std::stable_sort(rows_.begin(), rows_.end(), by_code);
    const auto same = [](const Division& a, const Division& b) { return a.code == b.code; };
    rows_.erase(std::unique(rows_.begin(), rows_.end(), same), rows_.end());
}

Result<Divisions> Divisions::parse_csv(std::string_view csv) {
    std::vector<Division> rows;
    std::string_view rest = csv;
    cut(rest, '\n');  // the heading
    for (std::size_t line = 2; !rest.empty(); ++line) {
        std::string_view row = cut(rest, '\n');
        if (row.empty()) continue;
        const auto area = Area::parse(cut(row, ','));
        cut(row, ',');  // the level, which the code says too
        const std::string_view name = cut(row, ',');
        if (!area || area.value().grid != 0 || name.empty())
            return Error{Errc::invalid_argument,
                         "line " + std::to_string(line) + " of the divisions is not code,level,name,parent"};
        rows.push_back({area.value().division, std::string(name)});
    }
    return Divisions(std::move(rows));
}

std::string Divisions::place_name(const Area& area) const {
    const Division* own = find(area.division);
    if (!own) return area.text();
    const Division* town = find(area.division / 1000 * 1000);
    std::string name = town && town != own ? town->name + own->name : own->name;
    if (area.grid != 0) name += " " + std::to_string(area.grid) + " 网格";
    return name;
}

Divisions Divisions::within(const std::vector<Area>& areas) const {
    std::vector<Division> out;
    for (const Division& row : rows_) {
        const Area here{row.code, 0};
        for (const Area& area : areas)
            if (area.contains(here) || here.contains(area)) {
                out.push_back(row);
                break;
            }
    }
    return Divisions(std::move(out));
}

const Division* Divisions::find(std::uint64_t code) const {
    const auto at = std::lower_bound(rows_.begin(), rows_.end(), Division{code, {}}, by_code);
    return at != rows_.end() && at->code == code ? &*at : nullptr;
}

}  // namespace doorstep
