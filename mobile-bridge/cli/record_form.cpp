#include "mobile-bridge/cli/record_form.hpp"

#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/text.hpp"
#include "mobile-bridge/cli/text_source.hpp"
#include "mobile-bridge/cli/value_text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

/// When it happened: on the doorstep that is the moment of writing.
constexpr const char* now_fields[] = {"visited_at", "reported_at"};

Status put_input(const FieldInput& input, const FieldInfo& field, const std::string& typed, json& fields) {
    if (field.kind == "log") {
        fields[field.name].push_back(typed);
        return ok();
    }
    if (field.kind == "set") {
        fields[field.name][input.change == FieldInput::Change::remove ? "remove" : "add"].push_back(typed);
        return ok();
    }
    DOORSTEP_TRY_ASSIGN(fields[field.name], value_from_text(field, typed));
    return ok();
}

Status put_position(const RecordInputs& inputs, json& fields) {
    if (!inputs.latitude && !inputs.longitude) return ok();
    if (!inputs.latitude || !inputs.longitude) return Failure{DS_BAD_CONFIGURATION, text<Text::half_position>()};
    DOORSTEP_TRY_ASSIGN(fields["position"], position_from_text(*inputs.latitude, *inputs.longitude));
    return ok();
}

Result<json> fields_of(const RecordInputs& inputs, const TypeInfo& type) {
    json fields = json::object();
    TextSource source;
    for (const FieldInput& input : inputs.fields) {
        const FieldInfo* field = type.field(input.field);
        if (field == nullptr) return Failure{DS_UNKNOWN_FIELD, text<Text::no_such_field>(type.name, input.flag)};
        DOORSTEP_TRY_ASSIGN(const std::string typed, source.read(input.argument, input.flag));
        DOORSTEP_TRY(put_input(input, *field, typed, fields));
    }
    DOORSTEP_TRY(put_position(inputs, fields));
    return fields;
}

Result<std::string> form_of(json record) {
    json records = json::array();
    records.push_back(std::move(record));
    return to_json_text(json{{"records", std::move(records)}});
}

}  // namespace

Result<std::string> new_record_form(const NewRecord& record, const TypeInfo& type, std::int64_t now_ms) {
    DOORSTEP_TRY(require_utf8(record.division, "--division"));
    DOORSTEP_TRY_ASSIGN(json fields, fields_of(record.inputs, type));
    for (const char* name : now_fields)
        if (type.field(name) != nullptr && !fields.contains(name)) fields[name] = now_ms;
    return form_of({{"type", type.name}, {"division", record.division}, {"fields", std::move(fields)}});
}

Result<std::string> edit_form(const Edit& edit, const TypeInfo& type) {
    DOORSTEP_TRY_ASSIGN(json fields, fields_of(edit.inputs, type));
    if (fields.empty()) return Failure{DS_BAD_CONFIGURATION, text<Text::nothing_to_change>()};
    return form_of({{"type", type.name}, {"id", edit.id}, {"fields", std::move(fields)}});
}

}  // namespace doorstep::cli
