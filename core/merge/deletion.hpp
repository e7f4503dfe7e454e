// core/merge/deletion.hpp -- whether a record is deleted: derived from what each delete had seen. Nothing goes away.
#pragma once

#include <vector>

#include "core/merge/record_state.hpp"

namespace doorstep {

enum class Existence : std::uint8_t {
    alive,                 ///< no delete stands
    deleted,               ///< every live write was seen by a delete that stands
    deleted_while_edited,  ///< a delete stands, and so does a write that no delete saw: somebody must look
};

/// Every live write of the record, deletes, moves and erasures aside, ascending and each once: what a delete lists.
std::vector<Dot> live_dots(const RecordState& state);
Existence existence(const RecordState& state);

}  // namespace doorstep
