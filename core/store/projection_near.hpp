// core/store/projection_near.hpp -- the records nearest to a place.
#pragma once

#include "core/store/projection.hpp"

namespace doorstep {

struct NearRow {
    RowNo no = 0;
    double metres = 0;
};

/// Along a great circle of the mean Earth, radius 6,371,008.8 m (haversine; Sinnott, "Virtues of the Haversine", 1984).
double metres_between(const Value::Position& a, const Value::Position& b);

/// At most rows_max rows within the radius, the nearest first; the newest first at one distance. Reads the index of
/// places by squares that are halved where they are crowded, the nearest square first, and no further than needed.
Result<std::vector<NearRow>> nearest_rows(Projection& projection, const Value::Position& from, double radius_metres,
                                          std::size_t rows_max);

}  // namespace doorstep
