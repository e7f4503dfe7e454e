// mobile-bridge/cli/record_text.hpp -- the library's records and history as people read them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "mobile-bridge/cli/schema.hpp"

namespace doorstep::cli {

enum class Fields { all, in_conflict };

/// Every value with its author, device and local time; of a field in conflict every alternative, numbered from 1.
std::string record_as_text(const nlohmann::json& record, const Schema& schema, Fields fields);
/// Two lines: what and where it is; how it begins.
std::string record_as_row(const nlohmann::json& record, const Schema& schema);
std::string history_as_text(const nlohmann::json& history, const TypeInfo* type);

}  // namespace doorstep::cli
