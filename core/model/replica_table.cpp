#include "core/model/replica_table.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace doorstep {

void ReplicaTable::seal() {
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
}

void ReplicaTable::write(Writer& out) const {
    out.varint(ids_.size());
    for (const ReplicaId& id : ids_) out.fixed(id);
}

void ReplicaTable::write_dot(Writer& out, const Dot& dot) const {
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), dot.replica);
    assert(at != ids_.end() && *at == dot.replica);
    out.varint(static_cast<std::uint64_t>(at - ids_.begin()));
    out.varint(dot.seq);
}

ReplicaTable ReplicaTable::read(Reader& in) {
    ReplicaTable table;
    const std::size_t n = in.count(limits::replica_table_max, ReplicaId::size);
    for (std::size_t i = 0; i < n; ++i) {
        table.ids_.push_back(in.fixed<ReplicaId>());
        if (i > 0 && !(table.ids_[i - 1] < table.ids_[i])) in.fail();
    }
    table.used_.assign(n, false);
    return table;
}

Dot ReplicaTable::read_dot(Reader& in) {
    const std::uint64_t place = in.varint(), seq = in.varint();
    if (place >= ids_.size() || seq == 0) in.fail();
    if (in.failed()) return {};
    used_[static_cast<std::size_t>(place)] = true;
    return {ids_[static_cast<std::size_t>(place)], seq};
}

bool ReplicaTable::all_used() const { return std::find(used_.begin(), used_.end(), false) == used_.end(); }

}  // namespace doorstep
