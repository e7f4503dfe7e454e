// core/sync/push_frames.hpp -- commits cut into PUSH frames, for a request and for a file that is handed over.
#pragma once

#include <vector>

#include "core/sync/message.hpp"

namespace doorstep {

/// Appends frames of bounded size. The commits follow each other and context.before.
void write_pushes(Bytes& message, std::vector<Commit> commits, PushContext context);

}  // namespace doorstep
