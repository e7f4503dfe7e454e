// core/base/planted_bug.hpp -- bugs that the simulation must catch (docs/simulation.md). In no program but its own:
// without DOORSTEP_PLANTED_BUGS every planted() is a constant false, and the compiler drops what stands behind it.
#pragma once

namespace doorstep {

enum class PlantedBug {
    none,
    drop_supersede,       ///< the last of several superseded dots is not taken note of
    ack_before_commit,    ///< WELCOME calls durable what the phone says it has
    cursor_plus_one,      ///< a stream's mark goes one beyond what was applied
    latest_on_value,      ///< a value that arrives replaces those that it does not supersede
    seq_reuse,            ///< another commit under a known dot passes for the same
    purge_before_push,    ///< what was not pushed is forgotten with the commits that were received
    carry_under_new_dot,  ///< what the office carried into another stream counts as the office's own write
    late_edit_stays,      ///< what is written where a record stood does not follow it
    erased_comes_back,    ///< what was erased is taken in again when somebody offers it
    erase_keeps_log,      ///< an erasure empties the records and not the log
    archive_late,         ///< what was superseded leaves the database before the archive has it
    archive_unasked,      ///< what was superseded is archived though a phone has not come past it
    count_,
};

#ifdef DOORSTEP_PLANTED_BUGS
inline PlantedBug planted_bug = PlantedBug::none;
inline bool planted(PlantedBug bug) { return bug == planted_bug; }
#else
constexpr bool planted(PlantedBug) { return false; }
#endif

}  // namespace doorstep
