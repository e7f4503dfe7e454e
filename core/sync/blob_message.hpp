// core/sync/blob_message.hpp -- what is said about attachments. One chunk a message, resumed at a byte offset both
// ways, as the tus protocol does it over HTTP; encode() and decode() are inverse, decode() refuses with malformed.
#pragma once

#include <cstdint>

#include "core/base/codec.hpp"

namespace doorstep {

/// From a phone: here is the chunk at `offset`; empty: how far are you?
struct BlobPut {
    Hash hash;
    std::uint64_t size = 0, offset = 0;
    Bytes bytes;

    Bytes encode() const;
    static Result<BlobPut> decode(BytesView payload);
};

/// From a phone: the chunk at `offset`, please.
struct BlobGet {
    Hash hash;
    std::uint64_t offset = 0;

    Bytes encode() const;
    static Result<BlobGet> decode(BytesView payload);
};

/// Answers BlobPut.
struct BlobHave {
    Hash hash;
    std::uint64_t offset = 0;  ///< so many bytes are durable; go on from here
    enum class Whole : std::uint8_t { no = 0, yes = 1 } whole = Whole::no;

    Bytes encode() const;
    static Result<BlobHave> decode(BytesView payload);
};

/// Answers BlobGet.
struct BlobData {
    Hash hash;
    std::uint64_t offset = 0;
    Bytes bytes;

    Bytes encode() const;
    static Result<BlobData> decode(BytesView payload);
};

/// Answers either: not now, or not ever.
struct BlobRefused {
    Hash hash;
    std::uint32_t code = 0;  ///< an Errc's number

    Bytes encode() const;
    static Result<BlobRefused> decode(BytesView payload);
};

}  // namespace doorstep
