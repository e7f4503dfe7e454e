// core/casework/moving.hpp -- moving a record to another area: a step like any other, of every type of record.
#pragma once

#include <string_view>

#include "core/base/result.hpp"
#include "core/model/scope.hpp"

namespace doorstep::casework {

/// What an intent asks for; its argument is the area as Area::text() says it.
inline constexpr std::string_view move_step = "move";
/// What allows it: each area looks after what lies in it (信访工作条例 art. 5 (3), 属地管理; in force 2022-05-01).
inline constexpr std::string_view move_rule = "条例 art. 5 (3)";

/// Whether who asks may have a record of this type, which stands in the stream, moved to the area. The compartment
/// stays: who may not write into the same compartment there may not move it there. Errors: transition_refused when it
/// stands there already or is of a type that stays where it was made; forbidden.
Status judge_move(std::uint32_t record_type, const Stream& stands_in, const Area& to, const Scope& asker);

}  // namespace doorstep::casework
