// core/store/orders.hpp -- makes room in a stream's order for what a repair puts there.
#pragma once

#include "core/store/store.hpp"

namespace doorstep {

/// Empties the places after `after` up to `until`; what stands beyond keeps its place, and what stood there is kept as
/// displaced (displaced.hpp). The caller, within one transaction, gives each of them again: a place is given once.
Status clear_places(Store& store, StreamNo stream, std::uint64_t after, std::uint64_t until);

}  // namespace doorstep
