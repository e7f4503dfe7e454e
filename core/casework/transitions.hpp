// core/casework/transitions.hpp -- which step of a matter (信访事项) may follow which: a table, not branches.
#pragma once

#include <span>
#include <string_view>

#include "core/base/result.hpp"

namespace doorstep::casework {

/// The field of kind `state` that says where a record stands; the same number in every record type that has one.
inline constexpr std::uint32_t stage_field = 21;

/// One row: a record of this type that stands at `from` may go to `to`.
struct Transition {
    std::uint32_t record_type;
    std::string_view name;  ///< what an intent asks for
    std::string_view from;  ///< "" before the first step
    std::string_view to;
    std::string_view rule;  ///< the article that orders or allows it
    std::string_view label_zh_cn, label_en;
};

std::span<const Transition> transitions();

/// The row for this step. Errors: transition_refused when the table has none from where the record stands.
Result<const Transition*> judge(std::uint32_t record_type, std::string_view stage, std::string_view name);

}  // namespace doorstep::casework
