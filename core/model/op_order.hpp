// core/model/op_order.hpp -- the order in which a part holds the ops of one record.
#pragma once

#include <vector>

#include "core/model/op.hpp"

namespace doorstep {

/// By field, then by element in a set; a log's lines keep the order in which they stand. Of several ops that put one
/// value (a field that holds one, an element of a set) the last stays.
void put_in_order(std::vector<Op>& ops);

}  // namespace doorstep
