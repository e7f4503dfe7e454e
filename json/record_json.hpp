// json/record_json.hpp -- records, edits and reports as JSON: what doorstep.h describes, and the office's API.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/engine/phone.hpp"
#include "core/model/schema.hpp"

namespace doorstep {

/// The edits of ds_save(). Errors: invalid_argument, unknown_field, invalid_utf8, value_too_large.
Result<std::vector<RecordEdit>> edits_from_json(const nlohmann::json& json);
/// "<32 hex digits>:<seq>". Errors: invalid_argument.
Result<Dot> dot_from_text(std::string_view text);
std::string text_of(const Dot& dot);
/// A value for a field of the schema, from what a host would write. Errors: invalid_argument, invalid_utf8,
/// value_too_large.
Result<Value> value_from_json(const FieldSchema& field, const nlohmann::json& json);

nlohmann::json to_json(const RecordView& record, const Divisions& divisions);
nlohmann::json to_json(const HistoryEntry& entry, const RecordSchema* schema);
nlohmann::json schema_to_json();

}  // namespace doorstep
