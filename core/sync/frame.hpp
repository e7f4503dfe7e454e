// core/sync/frame.hpp -- messages on the wire are runs of frames: kind, length, CRC-32C, payload.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/codec.hpp"

namespace doorstep {

/// Numbers are on the wire: append only. Requests are below 0x80, answers above; of both, those with bit 0x40 may be
/// passed over by a reader that does not know them, and any other kind that it does not know ends its reading.
enum class FrameKind : std::uint8_t {
    hello = 1,
    push = 2,
    pull = 3,
    ranges = 4,
    offer = 5,
    bring = 6,
    fetch = 7,
    pull_whole = 8,
    sealed = 9,
    blob_put = 0x10,
    blob_get = 0x11,
    ask_names = 0x41,
    purged = 0x42,
    welcome = 0x81,
    heads = 0x82,
    data = 0x83,
    checkpoint = 0x84,
    refused = 0x85,
    forked = 0x86,
    differs = 0x87,
    wanted = 0x88,
    chunk = 0x89,
    blob_have = 0x90,
    blob_data = 0x91,
    blob_refused = 0x92,
    receipt = 0xc0,
    states = 0xc1,
    scope = 0xc2,
    names = 0xc3,
};

inline bool may_be_ignored(FrameKind kind) { return (static_cast<std::uint8_t>(kind) & 0x40) != 0; }

struct Frame {
    FrameKind kind;
    BytesView payload;  ///< lives as long as the message
};

/// Appends one frame. The payload is at most limits::frame_bytes_max, of what carries commits or a chunk
/// limits::data_frame_bytes_max.
void write_frame(Bytes& message, FrameKind kind, BytesView payload);

/// Reads the frames of one message in order. A message cut at a frame's end is a shorter message, not an error:
/// what it lacks is asked for again.
class FrameReader {
public:
    explicit FrameReader(BytesView message) : in_(message) {}
    /// The next frame, or nullopt at the end. Errors: malformed (cut, too long, or its checksum differs); final.
    Result<std::optional<Frame>> next();

private:
    Reader in_;
};

}  // namespace doorstep
