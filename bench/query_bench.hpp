// bench/query_bench.hpp -- what screens ask of a phone with many records, beside raw SQLite reading the same rows.
#pragma once

#include <string>
#include <vector>

#include "core/engine/compose.hpp"

namespace doorstep::bench {

struct QueryFigures {
    struct Row {
        std::string what;
        double p50_ms = 0, p99_ms = 0;
        double floor_p50_ms = 0, floor_p99_ms = 0;  ///< reading the rows that came, by key, from a plain table
        std::size_t rows = 0;                       ///< that one query gave
        double target_ms = 0;                       ///< 0: none is set
    };
    std::size_t records = 0;
    std::vector<Row> rows;
    double index_per_s = 0, index_cpu_us = 0, index_step_p99_ms = 0;  ///< catching up in steps of 1,000 records
    double fts5_per_s = 0, fts5_cpu_us = 0;                           ///< floor: FTS5 over the same tokens
    double fts5_bytes = 0;                                            ///< a record
};

/// A phone of twenty villages with `count` records made of these (again and again when they are fewer), one commit a
/// record: opening, lists, reminders, the nearest, search, and the index catching up.
Result<QueryFigures> measure_queries(const std::vector<RecordEdit>& records, std::size_t count,
                                     const std::string& folder);
void print(const QueryFigures& figures);

}  // namespace doorstep::bench
