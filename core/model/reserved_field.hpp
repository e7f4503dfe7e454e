// core/model/reserved_field.hpp -- fields that every record has, whatever its type: what is said of the record itself.
#pragma once

#include <cstdint>

namespace doorstep::reserved_field {

/// A `set` of lists of dots: each element is one delete, naming every live write of the record that its author saw.
inline constexpr std::uint32_t deletions = 65'535;
/// A `set` of record ids: the records that are the same thing. A link counts when both ends hold it.
inline constexpr std::uint32_t same_as = 65'534;
/// A `log` of record ids: the acts by which words of the record were erased (erasure.hpp). Only the office writes it.
inline constexpr std::uint32_t erasures = 65'533;

}  // namespace doorstep::reserved_field
