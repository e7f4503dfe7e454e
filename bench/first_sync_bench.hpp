// bench/first_sync_bench.hpp -- a new phone takes over a whole area from the network into its durable store.
#pragma once

#include "bench/context.hpp"
#include "core/base/result.hpp"
#include "core/model/area.hpp"

namespace doorstep::bench {

/// Floor of applying: one prepared INSERT of each record's packed state by a time-ordered key into a table without row
/// ids, same cipher and durability, the engine's own transaction size. Ours and the floor take turns, three times; the
/// medians count. The phone's memory is measured in a process of its own, which is fed the answers from a file.
Status first_sync(Context& context);

/// That process: prints its resident memory before and at its peak, in KiB. `answers`: what first_sync() wrote.
Status follow_answers(const std::string& answers, const std::string& folder, const Area& area);

}  // namespace doorstep::bench
