// bench/visit_records.hpp -- the common visit record of every benchmark, read from what visit-records.mjs prints.
#pragma once

#include <string>
#include <vector>

#include "core/engine/compose.hpp"

namespace doorstep::bench {

/// Turns the NDJSON file into edits of new visit records in one area. The fields that the product's schema lacks stand
/// for a county's visit form (form 1), as they would in the field. Errors: not_found, malformed.
Result<std::vector<RecordEdit>> read_visit_records(const std::string& path, const Area& area);

}  // namespace doorstep::bench
