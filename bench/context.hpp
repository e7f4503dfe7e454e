// bench/context.hpp -- what every benchmark is given.
#pragma once

#include <string>
#include <vector>

#include "bench/report.hpp"
#include "core/engine/compose.hpp"

namespace doorstep::bench {

struct Context {
    std::vector<RecordEdit> records;  ///< the common visit records, all in one area
    std::string ndjson;               ///< the same as text
    std::string folder;               ///< for files; emptied after each benchmark
    Report* report = nullptr;
};

}  // namespace doorstep::bench
