#include "core/sync/handover.hpp"

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/sync/frame.hpp"
#include "core/sync/push_frames.hpp"

namespace doorstep {
namespace {

// magic · format · replica (16) · seq before · [its hash (32)] · last seq · PUSH frames … · SHA-256 (32)
constexpr std::string_view magic = "DSHO";
constexpr std::uint8_t format = 1;

}  // namespace

Bytes Handover::encode(const ReplicaId& replica, const ChainTop& before, std::vector<Commit> commits) {
    assert(!commits.empty() && commits.front().header.dot.seq == before.seq + 1);
    Bytes content(magic);
    Writer out(content);
    out.u8(format);
    out.fixed(replica);
    out.varint(before.seq);
    if (before.seq > 0) out.fixed(before.hash);
    out.varint(commits.back().header.dot.seq);
    write_pushes(content, std::move(commits), {replica, before});
    out.fixed(sha256(content));
    return content;
}

Result<Handover> Handover::decode(BytesView content) {
    if (content.size() > limits::handover_bytes_max)
        return Error{Errc::payload_too_large, "a hand-over holds at most 64 MiB"};
    if (content.size() < Hash::size || content.substr(0, magic.size()) != magic)
        return Error{Errc::malformed, "this is not a hand-over"};
    const BytesView body = content.substr(0, content.size() - Hash::size);
    if (sha256(body).view() != content.substr(body.size()))
        return Error{Errc::malformed, "the hand-over was cut or changed"};
    Reader in(body.substr(magic.size()));
    const std::uint8_t found = in.u8();
    if (found > format)
        return Error{Errc::protocol_version,
                     "a hand-over of format " + std::to_string(found) + ", this program knows 1"};
    Handover out;
    out.replica = in.fixed<ReplicaId>();
    out.before.seq = in.varint();
    if (out.before.seq > 0) out.before.hash = in.fixed<Hash>();
    const std::uint64_t to = in.varint();
    if (in.failed() || found != format || out.replica.is_zero() || to <= out.before.seq)
        return Error{Errc::malformed, "the head of a hand-over is not understood"};
    PushContext context{out.replica, out.before};
    FrameReader frames(in.rest());
    while (true) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Frame> frame, frames.next());
        if (!frame) break;
        if (frame->kind != FrameKind::push) return Error{Errc::malformed, "a hand-over holds commits only"};
        DOORSTEP_TRY_ASSIGN(Push push, Push::decode(frame->payload, context));
        out.frames.push_back(std::move(push));
    }
    if (out.frames.empty() || out.to_seq() != to)
        return Error{Errc::malformed, "a hand-over does not end where its head says"};
    return out;
}

}  // namespace doorstep
