// core/model/dot.hpp -- which write is this? A dot, never a timestamp and never a row id.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/id.hpp"

namespace doorstep {

/// Names one commit of one replica, and so each write in it.
struct Dot {
    ReplicaId replica;
    std::uint64_t seq = 0;  ///< from 1

    friend bool operator==(const Dot& a, const Dot& b) { return a.seq == b.seq && a.replica == b.replica; }
    friend bool operator!=(const Dot& a, const Dot& b) { return !(a == b); }
    friend bool operator<(const Dot& a, const Dot& b) {
        return a.replica == b.replica ? a.seq < b.seq : a.replica < b.replica;
    }
};

}  // namespace doorstep
