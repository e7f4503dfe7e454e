// core/sync/chunk.hpp -- a run of a stream as one content-hashed block of bytes, the same for every phone; it is sent
// in pieces, so that a line which breaks costs the piece under way and no more.
#pragma once

#include <optional>

#include "core/sync/data.hpp"

namespace doorstep {

/// The run as bytes that depend on nothing but the run: DATA of a message that holds nothing else.
Bytes pack_chunk(const Data& run);

/// Some bytes of a chunk, in the order in which they lie in it.
struct Piece {
    Stream stream;
    Hash chunk;  ///< SHA-256 of the whole chunk: its name
    std::uint64_t chunk_bytes = 0;
    std::uint64_t offset = 0;  ///< of the first byte in the chunk
    BytesView bytes;           ///< at least one; lives as long as the payload

    Bytes encode() const;
    /// Errors: malformed, also when it does not lie inside a chunk of limits::run_bytes_max.
    static Result<Piece> decode(BytesView payload);
};

/// Appends the chunk from `offset` on as frames of limits::piece_bytes_max.
void write_chunk(Bytes& message, const Stream& stream, const Hash& hash, BytesView chunk, std::uint64_t offset);

/// A chunk of which some bytes are here. Kept over a cut line and a restart.
struct PartialChunk {
    Stream stream;
    Hash chunk;
    Bytes bytes;  ///< from its beginning

    Bytes pack() const;
    static Result<PartialChunk> unpack(BytesView packed);
};

/// Puts pieces together. Holds one chunk at a time, so at most limits::run_bytes_max. Threads: none.
class ChunkInbox {
public:
    void restore(PartialChunk partial) { partial_ = std::move(partial); }
    /// The run, once its last piece came. A piece that begins another chunk drops the one under way.
    /// Errors: malformed when pieces do not follow each other, the bytes are not what the name says, or are no run of
    /// the stream; what was held is then dropped.
    Result<std::optional<Data>> take(const Piece& piece);
    /// What is held of the stream's next chunk; nullptr: nothing.
    const PartialChunk* partial() const { return partial_ ? &*partial_ : nullptr; }

private:
    Result<std::optional<Data>> open(const Piece& last);
    std::optional<PartialChunk> partial_;
};

}  // namespace doorstep
