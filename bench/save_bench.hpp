// bench/save_bench.hpp -- saving a visit durably on the phone's store, against the floor of the same run.
#pragma once

#include "bench/context.hpp"
#include "core/base/result.hpp"

namespace doorstep::bench {

/// One save a transaction, synchronous FULL and then NORMAL. Takes turns, one of ours and one of the floor's, each in
/// its own file, so that both meet the same disk. The floor: one prepared INSERT of the same packed bytes by a
/// time-ordered key, no index, same cipher, same durability, one a transaction. Housekeeping of both (ds_maintain: the
/// checkpoint) is inside the total and outside of the single save, as on a phone, where the host runs it in idle
/// moments.
Status save(Context& context);

}  // namespace doorstep::bench
