// core/model/stream_head.hpp -- how far a stream goes, or how far somebody knows it.
#pragma once

#include "core/model/area.hpp"
#include "core/model/digest.hpp"

namespace doorstep {

struct StreamHead {
    Stream stream;
    std::uint64_t position = 0;  ///< number of the last commit in the stream's order, from 1; 0: empty
    Digest digest;               ///< over the commits at positions 1 … position
};

}  // namespace doorstep
