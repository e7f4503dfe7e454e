// core/model/chain_top.hpp -- the end of one replica's chain of commits.
#pragma once

#include <cstdint>

#include "core/base/id.hpp"

namespace doorstep {

struct ChainTop {
    std::uint64_t seq = 0;  ///< 0: nothing yet
    Hash hash;              ///< zero when nothing yet
};

}  // namespace doorstep
