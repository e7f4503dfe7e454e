// mobile-bridge/cli/record_form.hpp -- what was typed about a record, as the JSON that ds_save() takes.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "mobile-bridge/cli/commands.hpp"

namespace doorstep::cli {

/// A new record; the time of a visit or a report is now unless it was typed. Errors: invalid_argument, invalid_utf8,
/// unknown_field, value_too_large, bad_configuration.
Result<std::string> new_record_form(const NewRecord& record, const TypeInfo& type, std::int64_t now_ms);
/// Only what was typed is written. Errors: the same; bad_configuration when nothing was typed.
Result<std::string> edit_form(const Edit& edit, const TypeInfo& type);

}  // namespace doorstep::cli
