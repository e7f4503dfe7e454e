// core/engine/recount.hpp -- counts anew what stands in a stream's order of parts that were erased.
#pragma once

#include "core/store/store.hpp"

namespace doorstep {

/// An erased part counts among what a stream's states are folded from while it has a place (StreamStates). Where places
/// were given up or taken over, this counts the streams anew of which something was erased; reads the whole log then,
/// and nothing where nothing ever was. Within the caller's transaction, after Admission::finish().
Status recount_erased(Store& store);

}  // namespace doorstep
