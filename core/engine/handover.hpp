// core/engine/handover.hpp -- what hand-over by file gives on both sides. The file's format: core/sync/handover.hpp.
#pragma once

#include <cstdint>

#include "core/base/id.hpp"

namespace doorstep {

/// What a phone hands over: its commits after_seq + 1 … to_seq.
struct HandoverContent {
    Bytes bytes;  ///< to be sealed and signed by the host; empty when there is nothing to hand over
    std::uint64_t after_seq = 0, to_seq = 0;
    std::uint64_t top_seq = 0;  ///< of the phone; above to_seq when another file must follow
};

/// What the office did with a file.
struct HandoverReceipt {
    ReplicaId replica;
    std::uint64_t from_seq = 0, to_seq = 0;
    std::uint64_t taken = 0;  ///< of these new to the office; 0: the file had no effect
};

}  // namespace doorstep
