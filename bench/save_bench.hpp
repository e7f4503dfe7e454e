// bench/save_bench.hpp -- saving a visit durably on the phone's store, against the floor of the same run.
#pragma once

#include <string>
#include <vector>

#include "core/engine/compose.hpp"

namespace doorstep::bench {

struct SaveFigures {
    Durability durability = Durability::full;
    std::size_t saves = 0;
    std::size_t body_bytes = 0;  ///< of the packed record, mean
    struct Side {
        double p50_ms = 0, p99_ms = 0, per_s = 0, cpu_us = 0;
    } ours, floor;
};

/// Takes turns, one of ours and one of the floor's, each in its own file in `folder`, so that both meet the same disk.
/// The floor: one prepared INSERT of the same packed bytes by a time-ordered key, no index, same cipher, same
/// durability, one a transaction. Housekeeping of both (ds_maintain: the checkpoint) is inside the total and outside of
/// the single save, as on a phone, where the host runs it in idle moments.
Result<SaveFigures> measure_saves(const std::vector<RecordEdit>& records, const std::string& folder,
                                  Durability durability);

}  // namespace doorstep::bench
