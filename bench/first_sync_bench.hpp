// bench/first_sync_bench.hpp -- a new phone takes over a whole area from the network into its durable store.
#pragma once

#include <string>
#include <vector>

#include "core/engine/compose.hpp"

namespace doorstep::bench {

struct FirstSyncFigures {
    std::size_t records = 0;
    struct Side {
        double wall_s = 0, cpu_s = 0;
    } phone, hub, floor;
    std::size_t round_trips = 0;
    std::size_t raw_bytes = 0;       ///< bodies both ways
    std::size_t gzip_bytes = 0;      ///< of the answers at level 6, as the transport would send them
    std::size_t json_gzip_bytes = 0; ///< floor: gzip -6 of the same records as one JSON array
    std::size_t rows_a_transaction = 0;
    double resident_growth_mib = 0;  ///< of the phone's side alone
};

/// Floor: one prepared INSERT of each record's packed state by a time-ordered key, same cipher and durability, the
/// engine's own transaction size. `ndjson`: the same records as text.
Result<FirstSyncFigures> measure_first_sync(const std::vector<RecordEdit>& records, const std::string& ndjson,
                                            const std::string& folder);

}  // namespace doorstep::bench
