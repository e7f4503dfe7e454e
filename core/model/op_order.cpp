#include "core/model/op_order.hpp"

#include <algorithm>

namespace doorstep {

void put_in_order(std::vector<Op>& ops) {
    std::stable_sort(ops.begin(), ops.end(), [](const Op& a, const Op& b) {
        if (a.field != b.field) return a.field < b.field;
        return a.kind == Kind::set && b.kind == Kind::set && a.value < b.value;
    });
    std::vector<Op> kept;
    for (Op& op : ops) {
        const bool repeats = !kept.empty() && kept.back().field == op.field && op.kind != Kind::log &&
                             (op.kind != Kind::set || kept.back().value == op.value);
        if (repeats)
            kept.back() = std::move(op);
        else
            kept.push_back(std::move(op));
    }
    ops = std::move(kept);
}

}  // namespace doorstep
