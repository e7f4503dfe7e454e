// core/model/reserved_field.hpp -- fields that every record has, whatever its type: what is said of the record itself.
#pragma once

#include <cstdint>

namespace doorstep::reserved_field {

/// A `set` of lists of dots: each element is one delete, naming every live write of the record that its author saw.
inline constexpr std::uint32_t deletions = 65'535;
/// A `set` of record ids: the records that are the same thing. A link counts when both ends hold it.
inline constexpr std::uint32_t same_as = 65'534;
/// A `state` of text: the area that the record belongs to since it was moved there (core/merge/home.hpp).
inline constexpr std::uint32_t home = 65'533;
/// A `state` of bytes: the other ops on the record in this part are another commit's, which the office carried here
/// (core/model/origin.hpp).
inline constexpr std::uint32_t origin = 65'532;
/// A `log` of record ids: the acts by which words of the record were erased (erasure.hpp). Only the office writes it.
inline constexpr std::uint32_t erasures = 65'531;

/// Whether the field says something of the record itself and is never shared with those that are the same thing.
constexpr bool is_of_the_record(std::uint32_t field) { return field >= erasures && field <= deletions; }

}  // namespace doorstep::reserved_field
