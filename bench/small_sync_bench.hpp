// bench/small_sync_bench.hpp -- the everyday synchronisations: one changed field, and nothing at all.
#pragma once

#include "bench/context.hpp"
#include "core/base/result.hpp"

namespace doorstep::bench {

/// A phone that has everything changes one field and pushes it. Floor: the record's id and the new value.
Status one_field(Context& context);

/// Nothing changed anywhere, the office holding the records in 50 streams. Counts bodies, round trips, and the CPU that
/// one request costs the server.
Status unchanged(Context& context);

/// How long a phone's store with all records takes to open, its write-ahead log as long as it may be. Floor: a plain
/// encrypted file of the same records, first row read.
Status open_store(Context& context);

}  // namespace doorstep::bench
