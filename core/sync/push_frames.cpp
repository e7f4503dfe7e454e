#include "core/sync/push_frames.hpp"

#include "core/base/limits.hpp"
#include "core/sync/frame.hpp"

namespace doorstep {
namespace {

// A frame's payload is closed before it passes this: one more commit always fits.
constexpr std::size_t push_bytes_max = limits::frame_bytes_max - limits::commit_bytes_max;
// What a commit counts as beside its parts. It also bounds how many a frame can hold.
constexpr std::size_t header_bytes = 200;
static_assert(push_bytes_max / header_bytes + 1 <= limits::frame_commits_max);

std::size_t part_bytes(const Commit& commit) {
    std::size_t bytes = 0;
    for (const Bytes& part : commit.parts) bytes += part.size();
    return bytes;
}

}  // namespace

void write_pushes(Bytes& message, std::vector<Commit> commits, PushContext context) {
    Push push;
    std::size_t bytes = 0;
    for (Commit& commit : commits) {
        if (bytes > push_bytes_max) {
            write_frame(message, FrameKind::push, push.encode(context));
            push.commits.clear();
            bytes = 0;
        }
        bytes += part_bytes(commit) + header_bytes;
        push.commits.push_back(std::move(commit));
    }
    if (!push.commits.empty()) write_frame(message, FrameKind::push, push.encode(context));
}

}  // namespace doorstep
