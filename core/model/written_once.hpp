// core/model/written_once.hpp -- the packed state of a record that one commit wrote and no other: what most records
// are.
#pragma once

#include "core/model/commit.hpp"

namespace doorstep {

/// First byte of every packed state (merge/record_state.hpp).
inline constexpr std::uint8_t record_state_format = 3;

/// Whether the state of a record that only these ops wrote follows from them without folding, and awaits no decision:
/// they all put something, supersede nothing, and neither delete the record, link it to another nor move it.
bool writes_afresh(const RecordOps& record);
/// That state: the bytes that apply() to an empty RecordState and pack() would give (tests/property holds the two
/// together). Call it only when writes_afresh() says so.
Bytes written_once(const RecordOps& record, const Dot& dot);

}  // namespace doorstep
