// core/engine/mergers.hpp -- areas that are no more: what is still written in them moves on when it arrives.
#pragma once

#include <optional>
#include <vector>

#include "core/engine/hub.hpp"

namespace doorstep {

/// Those that were ordered to be followed, in the order of their making. Errors: corrupt, and those of the store.
Result<std::vector<MoveOrder>> read_mergers(Store& store);
/// Adds one. An older one that would send back what this one brings is taken away. Within the caller's transaction.
Status add_merger(Store& store, const MoveOrder& order);

/// Where what is written in the area belongs, over as many mergers as there are; nullopt: the area is none that was
/// merged.
std::optional<Area> merged_into(const std::vector<MoveOrder>& mergers, const Area& area);

}  // namespace doorstep
