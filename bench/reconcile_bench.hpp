// bench/reconcile_bench.hpp -- what it costs to find and repair one commit that differs between a phone and its office.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "core/model/area.hpp"

namespace doorstep::bench {

struct ReconcileFigures {
    std::uint64_t commits = 0;         ///< in the stream on both sides
    std::uint64_t round_trips = 0;     ///< of the whole synchronisation, from HELLO to agreement
    std::uint64_t bytes = 0;           ///< of its bodies both ways, DATA's payload aside
    std::uint64_t data_bytes = 0;      ///< of the DATA that repaired it
    std::uint64_t server_commits = 0;  ///< in the stream for the server's times
    std::uint64_t server_rounds = 0;   ///< that found the place there
    double server_ms_max = 0;          ///< the slowest answer to RANGES
};

/// Errors: those of the store; digest_mismatch when the repair does not lead to agreement.
Result<ReconcileFigures> measure_reconcile(const std::string& folder, const Area& area, std::uint64_t commits,
                                           std::uint64_t server_commits);

}  // namespace doorstep::bench
