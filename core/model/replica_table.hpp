// core/model/replica_table.hpp -- the replicas that a packed thing names, each written once and then by its place.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/codec.hpp"
#include "core/model/dot.hpp"

namespace doorstep {

/// To write: add() every replica, seal(), write(), then write_dot(). To read: read(), then read_dot().
class ReplicaTable {
public:
    void add(const ReplicaId& replica) { ids_.push_back(replica); }
    void seal();  ///< sorts and removes repeats
    void write(Writer& out) const;
    void write_dot(Writer& out, const Dot& dot) const;  ///< the replica must have been added

    /// A bad table (not ascending) fails the reader.
    static ReplicaTable read(Reader& in);
    Dot read_dot(Reader& in);  ///< a place outside the table, or seq 0, fails the reader
    /// Whether read_dot() met every replica of the table: a canonical writer names none for nothing.
    bool all_used() const;

private:
    std::vector<ReplicaId> ids_;
    std::vector<bool> used_;
};

}  // namespace doorstep
