// core/model/part_format.hpp -- the bytes of a packed part, for those who walk them without unpacking
// (docs/sync-protocol.md).
#pragma once

#include <cstdint>

namespace doorstep::part_format {

// format · stream · salt · table of replicas · count of records, each: id (16) · type · count of ops, each:
// field · flags · value · [depth · count · (place in the table, seq) …]
inline constexpr std::uint8_t version = 2;
inline constexpr std::uint8_t remove_bit = 0x20, supersedes_bit = 0x10, kind_mask = 0x0f;

}  // namespace doorstep::part_format
