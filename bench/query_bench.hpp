// bench/query_bench.hpp -- what screens ask of a phone with many records, beside raw SQLite reading the same rows.
#pragma once

#include "bench/context.hpp"
#include "core/base/result.hpp"

namespace doorstep::bench {

/// A phone of twenty villages with the records, one commit a record: opening, lists, reminders, the nearest, search,
/// and the index catching up. Floor: reading the rows that came, by key, from a plain table; of the index, FTS5 over
/// the same tokens.
Status queries(Context& context);

}  // namespace doorstep::bench
