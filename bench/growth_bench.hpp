// bench/growth_bench.hpp -- does a change cost more the more a phone holds?
#pragma once

#include "bench/context.hpp"
#include "core/base/result.hpp"

namespace doorstep::bench {

/// 1,000 new visits, and 1,000 edits of visits anywhere in the store, into 10,000 and into `large` stored records: CPU,
/// and pages read and written below the encryption, the checkpoint included. The store is opened afresh before.
Status growth(Context& context, std::size_t large);

}  // namespace doorstep::bench
