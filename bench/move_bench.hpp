// bench/move_bench.hpp -- an area whose records all move to another: what the office and a new phone there spend.
#pragma once

#include "bench/context.hpp"
#include "core/base/result.hpp"

namespace doorstep::bench {

/// Pushes the visits, moves all of them, and synchronises a phone of the new area. Errors: those of the engine;
/// internal when the phone does not come to the office's records.
Status move(Context& context);

}  // namespace doorstep::bench
