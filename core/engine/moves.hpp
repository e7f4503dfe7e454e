// core/engine/moves.hpp -- what the office has to copy into other streams so that a record that was moved is whole
// where it stands, and left behind nowhere else (docs/moves.md).
#pragma once

#include <vector>

#include "core/engine/writes.hpp"

namespace doorstep {

/// Writes to one record that a stream lacks: each piece fits a part, says where it comes from, and is its record's only
/// one there. The move comes first, then the words in the order of their arrival.
struct Carry {
    Stream into;
    std::vector<RecordOps> pieces;
};

/// Empty when nothing is missing: so it can be asked again at any time, after any crash or restore. A record that was
/// never moved lacks nothing.
Result<std::vector<Carry>> missing_carries(Store& store, const RecordId& record);

/// At most what the pieces take up.
std::size_t bytes_of(const Carry& carry);

/// Lays pieces of many records into parts, each a copy of one part as far as its records were moved: whoever erases
/// that one erases this one and nothing else. Salts are left for the caller to draw.
std::vector<Part> lay_out(std::vector<Carry> carries);

}  // namespace doorstep
