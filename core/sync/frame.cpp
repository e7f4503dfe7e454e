#include "core/sync/frame.hpp"

#include "core/base/crc32c.hpp"
#include "core/base/limits.hpp"

namespace doorstep {
namespace {

std::uint32_t checksum(FrameKind kind, BytesView payload) {
    // The kind is folded in, so that a flipped kind does not pass for another message.
    return crc32c(payload) ^ static_cast<std::uint32_t>(kind) * 0x01010101u;
}

std::size_t payload_bytes_max(FrameKind kind) {
    const bool large = kind == FrameKind::data || kind == FrameKind::bring || kind == FrameKind::blob_put ||
                       kind == FrameKind::blob_data || kind == FrameKind::sealed || kind == FrameKind::names;
    return large ? limits::data_frame_bytes_max : limits::frame_bytes_max;
}

}  // namespace

void write_frame(Bytes& message, FrameKind kind, BytesView payload) {
    assert(payload.size() <= payload_bytes_max(kind));
    Writer out(message);
    out.u8(static_cast<std::uint8_t>(kind));
    out.varint(payload.size());
    out.u32(checksum(kind, payload));
    out.raw(payload);
}

Result<std::optional<Frame>> FrameReader::next() {
    if (!in_.failed() && in_.at_end()) return std::optional<Frame>();
    const auto kind = static_cast<FrameKind>(in_.u8());
    const std::uint64_t size = in_.varint();
    const std::uint32_t sum = in_.u32();
    if (size > payload_bytes_max(kind)) in_.fail();
    const BytesView payload = in_.raw(static_cast<std::size_t>(size));
    if (!in_.failed() && checksum(kind, payload) != sum) in_.fail();
    if (in_.failed()) return Error{Errc::malformed, "a frame is cut, too long or damaged"};
    return std::optional<Frame>(Frame{kind, payload});
}

}  // namespace doorstep
