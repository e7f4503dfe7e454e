// core/engine/suggestion.hpp -- finds the version of a text that two people both changed, and offers a wording.
#pragma once

#include "core/engine/view.hpp"

namespace doorstep {

/// Where exactly two texts stand against each other: looks in the log for the last version that both came from, and
/// sets the field's `suggestion` when the changes do not touch (suggest.hpp). Whoever decides may take it, or not.
Status add_suggestions(Store& store, RecordView& view);

}  // namespace doorstep
