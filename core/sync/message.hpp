// core/sync/message.hpp -- what each frame says. encode() and decode() of each are inverse; decode() refuses with
// Errc::malformed what encode() would not have written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/chain_top.hpp"
#include "core/model/commit.hpp"
#include "core/model/schema.hpp"
#include "core/model/stream_head.hpp"
#include "core/sync/data.hpp"

namespace doorstep {

/// Range of protocol versions this program speaks. The first two numbers of HELLO keep their place for ever, and what
/// follows them is laid out as in the lowest version of the range; the rest of the exchange is in the one that WELCOME
/// names. Within a version the fields of a frame never change: what is new comes in a frame of its own, of a kind that
/// may be ignored when old readers can do without it.
inline constexpr std::uint32_t protocol_min = 1, protocol_max = 1;
struct ProtocolRange {
    std::uint32_t min = protocol_min, max = protocol_max;
};
/// The highest version that both speak, if there is one.
std::optional<std::uint32_t> choose_protocol(const ProtocolRange& one, const ProtocolRange& other);

/// Opens every request: who speaks, and what it knows.
struct Hello {
    std::uint32_t protocol_min = doorstep::protocol_min, protocol_max = doorstep::protocol_max;
    std::uint32_t schema = schema_version;  ///< for the server's logs and views: data of any schema is taken
    ReplicaId replica;
    std::uint64_t base_seq = 0;  ///< the server has this replica's commits up to here, as the phone believes
    HashHead base_hash;          ///< of that commit; zero with base_seq 0
    std::uint64_t top_seq = 0;   ///< of the replica's last commit, pushed or not; at least base_seq
    EpochId epoch;               ///< of the last server met; zero: none yet
    Digest summary;              ///< summarise() over its streams

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
    std::uint32_t protocol = protocol_max;  ///< of this answer and of what follows
    std::uint32_t schema = schema_version;  ///< that the office's forms use; an older phone goes on saving and syncing
    std::uint32_t answers = 0;      ///< CRC-32C of the whole request: an old answer to another one is none. 0: not said
    std::optional<EpochId> epoch;   ///< when it is not the one that HELLO named
    std::uint64_t server_ms = 0;    ///< server's wall clock
    std::uint64_t durable_seq = 0;  ///< the asking replica's commits up to here are durable on the server
    std::uint64_t backed_up_seq = 0;  ///< … and up to here are in a backup
    Digest summary;                   ///< summarise() over the server's side of the streams in scope
    std::vector<HeldNotice> held;     ///< ascending; all that is held of this replica now

    Bytes encode() const;
    static Result<Welcome> decode(BytesView payload);
};

/// What both sides know of the commits in a PUSH: whose they are, and what stands before the first.
struct PushContext {
    ReplicaId replica;
    ChainTop before;
};

/// Contiguous commits of the replica that says hello.
struct Push {
    std::vector<Commit> commits;

    /// Moves context.before to the last commit.
    Bytes encode(PushContext& context) const;
    static Result<Push> decode(BytesView payload, PushContext& context);
};

/// Two different commits of the asking replica have one dot: the phone is a copy, or came back from one.
struct Forked {
    std::uint64_t at_seq = 0;  ///< the first that differs; 0: below HELLO's base, which is to be lowered

    Bytes encode() const;
    static Result<Forked> decode(BytesView payload);
};

/// Asks for what follows `from` in a stream.
struct Pull {
    StreamHead from;
    struct Staged {
        std::uint64_t bytes = 0;  ///< of the next chunk that are here already; 0: none
        Hash chunk;
    } staged;
    /// named: of one's own commits only the seq is sent. whole (PULL_WHOLE): they were purged here, so they are sent
    /// like any other. The frame's kind says it.
    enum class Own : std::uint8_t { named, whole } own = Own::named;

    Bytes encode() const;
    static Result<Pull> decode(BytesView payload);
};

/// The server's side of each stream in scope. Follows WELCOME when HELLO's summary was not the server's before the
/// request's own pushes: otherwise these alone moved it, and the phone knows them.
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

/// What the server's records of a stream come to at its head: comes before the CHECKPOINT that reaches it, for the phone
/// to compare with its own. It may be passed over.
struct States {
    Stream stream;
    std::uint64_t position = 0;
    Digest digest;  ///< StreamStates::digest

    Bytes encode() const;
    static Result<States> decode(BytesView payload);
};

/// The server stopped reading the request; what was durable before stays so (see WELCOME).
struct Refused {
    std::uint32_t code = 0;  ///< an Errc's number
    std::string detail;      ///< for a log; no case data

    Bytes encode() const;
    static Result<Refused> decode(BytesView payload);
};

/// One digest over a list of streams, sorted, and the scope that they lie in (Scope::digest()): HELLO compares a whole
/// replica with it.
Digest summarise(std::vector<StreamHead> streams, const Digest& scope = {});

}  // namespace doorstep
