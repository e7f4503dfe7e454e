#include "core/sync/exchange.hpp"

#include "core/base/limits.hpp"
#include "core/sync/frame.hpp"

namespace doorstep {
namespace {

// A frame's payload is closed before it passes this: one more commit always fits.
constexpr std::size_t pending_bytes_max = limits::data_frame_bytes_max - limits::commit_bytes_max - 4096;

std::size_t entry_bytes(const Data::Entry& entry) {
    const Commit* commit = std::get_if<Commit>(&entry);
    std::size_t bytes = limits::data_entry_bytes;
    if (!commit) return bytes;
    for (const Bytes& part : commit->parts) bytes += part.size() + Hash::size;
    return bytes;
}

/// Decodes one more frame of a kind. One message holds few: its size and this bound what the server does for it.
template <class Message>
Status read_into(std::vector<Message>& messages, BytesView payload) {
    if (messages.size() == limits::streams_max) return Error{Errc::malformed, "too many frames of one kind"};
    DOORSTEP_TRY_ASSIGN(Message message, Message::decode(payload));
    messages.push_back(std::move(message));
    return ok();
}

}  // namespace

Result<Exchange> Exchange::open(BytesView message) {
    Exchange exchange(message);
    DOORSTEP_TRY_ASSIGN(const std::optional<Frame> first, exchange.frames_.next());
    if (!first || first->kind != FrameKind::hello) return Error{Errc::malformed, "a request begins with HELLO"};
    DOORSTEP_TRY_ASSIGN(exchange.hello, Hello::decode(first->payload));
    return exchange;
}

void Exchange::read_rest(std::optional<PushContext> context) {
    while (!broken) {
        const auto frame = frames_.next();
        if (!frame) {
            broken = frame.error();
        } else if (!frame.value()) {
            return;
        } else if (const Status status = read(*frame.value(), context); !status) {
            broken = status.error();
        }
    }
}

Status Exchange::read(const Frame& frame, std::optional<PushContext>& context) {
    switch (frame.kind) {
        case FrameKind::push: {
            if (!context) return ok();
            DOORSTEP_TRY_ASSIGN(Push push, Push::decode(frame.payload, *context));
            pushes.push_back(std::move(push));
            return ok();
        }
        case FrameKind::pull: return read_into(pulls, frame.payload);
        case FrameKind::pull_whole:
            DOORSTEP_TRY(read_into(pulls, frame.payload));
            pulls.back().own = Pull::Own::whole;
            return ok();
        case FrameKind::sealed:
            sealed.push_back(frame.payload);  // a message has room for few
            return ok();
        case FrameKind::purged: {
            DOORSTEP_TRY_ASSIGN(purged, Purged::decode(frame.payload));
            return ok();
        }
        case FrameKind::ask_names:
            if (!frame.payload.empty()) return Error{Errc::malformed, "ASK_NAMES says more than it asks"};
            names = Names::asked;
            return ok();
        case FrameKind::ranges: return read_into(ranges, frame.payload);
        case FrameKind::offer: return read_into(offers, frame.payload);
        case FrameKind::bring: return read_into(brought, frame.payload);
        case FrameKind::fetch: return read_into(fetches, frame.payload);
        default:
            if (may_be_ignored(frame.kind)) return ok();
            return Error{Errc::malformed, "the request holds a frame that has no place in it"};
    }
}

StreamWriter::StreamWriter(Bytes& message, DataMemory& memory, const Stream& stream, std::uint64_t after)
    : message_(message), memory_(memory) {
    data_.stream = stream;
    data_.after = after;
}

void StreamWriter::add(Data::Entry entry) {
    if (pending_bytes_ > pending_bytes_max) flush();
    pending_bytes_ += entry_bytes(entry);
    data_.entries.push_back(std::move(entry));
}

void StreamWriter::flush() {
    if (!data_.entries.empty()) write_frame(message_, FrameKind::data, data_.encode(memory_));
    data_.after = position();
    data_.entries.clear();
    pending_bytes_ = 0;
}

void StreamWriter::close(const Digest& digest, std::uint64_t head) {
    flush();
    write_frame(message_, FrameKind::checkpoint, Checkpoint{{data_.stream, data_.after, digest}, head}.encode());
}

}  // namespace doorstep
