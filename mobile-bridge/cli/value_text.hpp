// mobile-bridge/cli/value_text.hpp -- a field's value between doorstep.h's JSON and what people type and read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "mobile-bridge/cli/result.hpp"
#include "mobile-bridge/cli/schema.hpp"

namespace doorstep::cli {

/// "" clears. Text, dates and ids pass as typed, for the library to judge; a time and a position ("33.16,115.62") are
/// read here. Errors: invalid_argument.
Result<nlohmann::json> value_from_text(const FieldInfo& field, const std::string& typed);
/// Errors: invalid_argument.
Result<nlohmann::json> position_from_text(const std::string& latitude, const std::string& longitude);

/// field: nullptr for one that this version does not know. Safe for a terminal; may have several lines.
std::string value_as_text(const FieldInfo* field, const nlohmann::json& value);

}  // namespace doorstep::cli
