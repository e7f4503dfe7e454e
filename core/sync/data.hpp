// core/sync/data.hpp -- DATA: a run of a stream in its order, laid out by column.
#pragma once

#include <variant>
#include <vector>

#include "core/model/chain_top.hpp"
#include "core/model/commit.hpp"
#include "core/sync/part_columns.hpp"

namespace doorstep {

/// What the DATA frames of one message have told so far; the writer and the reader of a message keep one each.
struct DataMemory {
    Dictionaries known;
    std::vector<ChainTop> tops;  ///< each chain's last commit in this message, by the replica's number in `known`
    std::uint64_t wall_ms = 0;   ///< of the last commit's clock

    /// The end of the numbered chain; seq 0 before its first commit.
    ChainTop& top(std::uint64_t replica_number);
};

/// A run of a stream in its order. Staged by the receiver until the CHECKPOINT that closes it.
struct Data {
    struct Own {
        std::uint64_t seq = 0;  ///< a commit of the asking replica, which it has
    };
    using Entry = std::variant<Commit, Own>;
    Stream stream;
    std::uint64_t after = 0;  ///< position before the first entry; 0 also when the server starts the stream over
    std::vector<Entry> entries;

    /// Hashes that the reader can recompute are not sent: of parts that are there, and of a commit's predecessor that
    /// stands earlier in the message.
    Bytes encode(DataMemory& memory) const;
    /// Errors: malformed. Allocates at most a small multiple of the payload's size (limits::data_bytes_max).
    static Result<Data> decode(BytesView payload, DataMemory& memory);
};

}  // namespace doorstep
