#include "core/sync/chunk.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/sync/frame.hpp"

namespace doorstep {

Bytes pack_chunk(const Data& run) {
    DataMemory memory;
    return run.encode(memory);
}

Bytes Piece::encode() const {
    Bytes payload;
    Writer out(payload);
    stream.encode(out);
    out.fixed(chunk);
    out.varint(chunk_bytes);
    out.varint(offset);
    out.raw(bytes);
    return payload;
}

Result<Piece> Piece::decode(BytesView payload) {
    Reader in(payload);
    Piece piece;
    piece.stream = Stream::decode(in);
    piece.chunk = in.fixed<Hash>();
    piece.chunk_bytes = in.varint();
    piece.offset = in.varint();
    piece.bytes = in.raw(in.rest().size());
    const bool fits = piece.chunk_bytes <= limits::run_bytes_max && piece.offset < piece.chunk_bytes &&
                      !piece.bytes.empty() && piece.bytes.size() <= piece.chunk_bytes - piece.offset;
    if (in.failed() || !fits) return Error{Errc::malformed, "a piece does not lie in its chunk"};
    return piece;
}

void write_chunk(Bytes& message, const Stream& stream, const Hash& hash, BytesView chunk, std::uint64_t offset) {
    for (std::size_t at = static_cast<std::size_t>(offset); at < chunk.size(); at += limits::piece_bytes_max) {
        const Piece piece{stream, hash, chunk.size(), at, chunk.substr(at, limits::piece_bytes_max)};
        write_frame(message, FrameKind::chunk, piece.encode());
    }
}

Bytes PartialChunk::pack() const {
    Bytes packed;
    Writer out(packed);
    stream.encode(out);
    out.fixed(chunk);
    out.raw(bytes);
    return packed;
}

Result<PartialChunk> PartialChunk::unpack(BytesView packed) {
    Reader in(packed);
    PartialChunk partial;
    partial.stream = Stream::decode(in);
    partial.chunk = in.fixed<Hash>();
    partial.bytes = Bytes(in.raw(in.rest().size()));
    if (in.failed() || partial.bytes.size() >= limits::run_bytes_max)
        return Error{Errc::corrupt, "the stored piece of a chunk is damaged"};
    return partial;
}

Result<std::optional<Data>> ChunkInbox::take(const Piece& piece) {
    if (piece.offset == 0) partial_ = PartialChunk{piece.stream, piece.chunk, {}};
    const bool follows = partial_ && partial_->stream == piece.stream && partial_->chunk == piece.chunk &&
                         partial_->bytes.size() == piece.offset;
    if (!follows) {
        partial_.reset();
        return Error{Errc::malformed, "a piece does not follow the one before it"};
    }
    partial_->bytes.append(piece.bytes);
    if (partial_->bytes.size() < piece.chunk_bytes) return std::optional<Data>();
    return open(piece);
}

Result<std::optional<Data>> ChunkInbox::open(const Piece& last) {
    const Bytes bytes = std::move(partial_->bytes);
    partial_.reset();
    if (sha256(bytes) != last.chunk) return Error{Errc::malformed, "a chunk is not what its name says"};
    DataMemory memory;
    DOORSTEP_TRY_ASSIGN(Data run, Data::decode(bytes, memory));
    const bool whole = std::all_of(run.entries.begin(), run.entries.end(),
                                   [](const Data::Entry& entry) { return std::holds_alternative<Commit>(entry); });
    if (run.stream != last.stream || run.entries.empty() || !whole)
        return Error{Errc::malformed, "a chunk is no run of its stream"};
    return std::optional<Data>(std::move(run));
}

}  // namespace doorstep
