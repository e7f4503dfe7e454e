// bench/reconcile_bench.hpp -- what it costs to find and repair one commit that differs between a phone and its office.
#pragma once

#include "bench/context.hpp"
#include "core/base/result.hpp"

namespace doorstep::bench {

/// One commit of 100,000 differs: round trips and bytes until both agree. Then the slowest answer to a question about a
/// stream of 1,000,000. Errors: those of the store; digest_mismatch when the repair does not lead to agreement.
Status reconcile(Context& context);

}  // namespace doorstep::bench
