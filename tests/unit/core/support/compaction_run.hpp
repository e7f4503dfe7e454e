// tests/unit/core/support/compaction_run.hpp -- compactions of an office, and what must look the same before and after.
#pragma once

#include <string>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {

/// Archives at once what may be archived, however young.
inline constexpr CompactionRule at_once{0, limits::retire_ms};

/// Everything that somebody can see of the office: each stream's mark, each record with its alternatives and its whole
/// history, the conflicts, fold(log), and the bytes that answer a new phone which asks for all of it.
std::string picture(World& world);
/// Steps until nothing is left. Errors: those of compact_some().
Result<CompactionStep> compact_all(Hub& hub, const CompactionRule& rule, std::uint64_t now_ms);
void back_up(World& world);  ///< over the backup before, with its archive
/// The office comes back from the backup; its archive stays as it is beside it.
void restore(World& world);

// Each plays a scene; "" or what is not as it must be.
/// A phone that has not come past them keeps parts out of the archive.
std::string archived_too_early();
/// The disk fails at each call of a compaction in turn.
std::string lost_on_a_broken_disk();

}  // namespace doorstep::test
