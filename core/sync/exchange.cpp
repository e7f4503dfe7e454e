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
        case FrameKind::pull: {
            DOORSTEP_TRY_ASSIGN(Pull pull, Pull::decode(frame.payload));
            if (pulls.size() == limits::streams_max) return Error{Errc::malformed, "too many PULL frames"};
            pulls.push_back(std::move(pull));
            return ok();
        }
        default: return Error{Errc::malformed, "the request holds a frame that has no place in it"};
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
