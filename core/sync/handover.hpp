// core/sync/handover.hpp -- what a phone sends when there is no network: a file, carried by hand. This is its content;
// sealing it to the office's key and signing it with the phone's are the host's to do (docs/handover.md).
#pragma once

#include <vector>

#include "core/sync/message.hpp"

namespace doorstep {

/// Contiguous commits of one replica, in frames as PUSH has them.
struct Handover {
    ReplicaId replica;
    ChainTop before;           ///< what the first commit follows; seq 0: it is the replica's first
    std::vector<Push> frames;  ///< at least one

    std::uint64_t from_seq() const { return before.seq + 1; }
    std::uint64_t to_seq() const { return frames.back().commits.back().header.dot.seq; }

    /// The content of a file: magic, format, replica, what stands before, how far it goes, frames, SHA-256 of all that.
    /// commits: at least one, contiguous, together below limits::handover_bytes_max.
    static Bytes encode(const ReplicaId& replica, const ChainTop& before, std::vector<Commit> commits);
    /// Errors: malformed when a byte was changed or the file is cut; protocol_version for a newer format;
    /// payload_too_large; chain_broken.
    static Result<Handover> decode(BytesView content);
};

}  // namespace doorstep
