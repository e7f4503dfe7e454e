// core/sync/message.hpp -- what each frame says. encode() and decode() of each are inverse; decode() refuses with
// Errc::malformed what encode() would not have written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/chain_top.hpp"
#include "core/model/commit.hpp"
#include "core/model/stream_head.hpp"
#include "core/sync/data.hpp"

namespace doorstep {

/// Range of protocol versions this program speaks. The first two numbers of HELLO keep their place for ever.
inline constexpr std::uint32_t protocol_min = 1, protocol_max = 1;

/// Opens every request: who speaks, and what it knows.
struct Hello {
    std::uint32_t protocol_min = doorstep::protocol_min, protocol_max = doorstep::protocol_max;
    std::uint32_t schema = 1;
    ReplicaId replica;
    ChainTop top;    ///< of the replica's own chain, pushed or not
    EpochId epoch;   ///< of the last server met; zero: none yet
    Digest summary;  ///< summarise() over its streams

    Bytes encode() const;
    /// Errors: malformed; protocol_version when the ranges do not meet.
    static Result<Hello> decode(BytesView payload);
};

/// A part whose body the office holds, and why (an Errc's number).
struct HeldNotice {
    std::uint64_t seq = 0;
    std::uint32_t part = 0, reason = 0;
};

/// Opens every answer; written after the request's pushes are durable.
struct Welcome {
    std::uint32_t protocol = protocol_max;
    EpochId epoch;
    std::uint64_t server_ms = 0;      ///< server's wall clock
    std::uint64_t durable_seq = 0;    ///< the asking replica's commits up to here are durable on the server
    std::uint64_t backed_up_seq = 0;  ///< … and up to here are in a backup
    bool agrees = false;              ///< both summaries are equal: nothing to pull
    std::vector<HeldNotice> held;     ///< ascending; all that is held of this replica now

    Bytes encode() const;
    static Result<Welcome> decode(BytesView payload);
};

/// Contiguous commits of the replica that says hello.
struct Push {
    std::vector<Commit> commits;

    Bytes encode() const;  ///< at most limits::frame_bytes_max when fits() was asked before each commit
    static Result<Push> decode(BytesView payload, const ReplicaId& replica);
};

/// Asks for what follows `from` in a stream.
struct Pull {
    StreamHead from;

    Bytes encode() const;
    static Result<Pull> decode(BytesView payload);
};

/// The server's side of each stream in scope; follows a WELCOME that does not agree.
struct Heads {
    std::vector<StreamHead> streams;  ///< ascending by stream

    Bytes encode() const;
    static Result<Heads> decode(BytesView payload);
};

/// Everything up to `reached` has been sent; `head` is where the stream ends now.
struct Checkpoint {
    StreamHead reached;
    std::uint64_t head = 0;

    Bytes encode() const;
    static Result<Checkpoint> decode(BytesView payload);
};

/// The server stopped reading the request; what was durable before stays so (see WELCOME).
struct Refused {
    std::uint32_t code = 0;  ///< an Errc's number
    std::string detail;      ///< for a log; no case data

    Bytes encode() const;
    static Result<Refused> decode(BytesView payload);
};

/// One digest over a list of streams, sorted: HELLO compares a whole replica with it.
Digest summarise(std::vector<StreamHead> streams);

}  // namespace doorstep
