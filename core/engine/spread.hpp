// core/engine/spread.hpp -- an edit of several records that are the same thing, written where what it replaces stands.
#pragma once

#include <vector>

#include "core/engine/group.hpp"

namespace doorstep {

/// What the member at `own` shows to who edits it: the group as one record, but its own deletes and links.
RecordState shown_state(const Group& group, std::size_t own);

/// The ops as each member gets them, at the members' places. An op goes to every member in which it supersedes a live
/// write, so that the decision holds there too when the group comes apart again; to the member that was edited when
/// there is none. Of a correction of a count the others get a zero, lest it counts twice.
std::vector<RecordOps> spread(const RecordOps& edited, const Group& group, std::size_t own);

}  // namespace doorstep
