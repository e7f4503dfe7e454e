#include "core/engine/mergers.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

constexpr std::string_view meta_mergers = "mergers";

bool takes(const MoveOrder& order, const Area& area) {
    if (area == order.to) return false;
    return area == order.from || (order.below == MoveOrder::Below::yes && order.from.contains(area));
}

void write_area(Writer& out, const Area& area) {
    out.varint(area.division);
    out.varint(area.grid);
}

}  // namespace

Result<std::vector<MoveOrder>> read_mergers(Store& store) {
    std::vector<MoveOrder> out;
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> packed, store.meta(meta_mergers));
    if (!packed) return out;
    Reader in(*packed);
    for (std::size_t n = in.count(limits::mergers_max, 5); n > 0; --n) {
        MoveOrder order;
        order.from = {in.varint(), in.varint32()};
        order.to = {in.varint(), in.varint32()};
        order.below = in.u8() == 0 ? MoveOrder::Below::no : MoveOrder::Below::yes;
        order.later = MoveOrder::Later::yes;
        out.push_back(order);
    }
    if (!in.finish("mergers")) return Error{Errc::corrupt, "the list of merged areas is damaged"};
    return out;
}

Status add_merger(Store& store, const MoveOrder& order) {
    DOORSTEP_TRY_ASSIGN(std::vector<MoveOrder> all, read_mergers(store));
    std::erase_if(all, [&](const MoveOrder& old) { return takes(old, order.to) || old.from == order.from; });
    if (order.later == MoveOrder::Later::yes) all.push_back(order);
    if (all.size() > limits::mergers_max)
        return Error{Errc::invalid_argument, "more merged areas than an office keeps"};
    Bytes packed;
    Writer out(packed);
    out.varint(all.size());
    for (const MoveOrder& one : all) {
        write_area(out, one.from);
        write_area(out, one.to);
        out.u8(one.below == MoveOrder::Below::no ? 0 : 1);
    }
    return store.set_meta(meta_mergers, packed);
}

std::optional<Area> merged_into(const std::vector<MoveOrder>& mergers, const Area& area) {
    std::optional<Area> out;
    Area at = area;
    for (std::size_t steps = 0; steps <= mergers.size(); ++steps) {
        const auto next =
            std::find_if(mergers.begin(), mergers.end(), [&](const MoveOrder& o) { return takes(o, at); });
        if (next == mergers.end()) break;
        out = at = next->to;
    }
    return out;
}

}  // namespace doorstep
