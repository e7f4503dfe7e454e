// New records, edits, and looking at what is here.
#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/record_form.hpp"
#include "mobile-bridge/cli/record_text.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

Result<std::string> save(PhoneHandle& phone, const std::string& form, const Context& context) {
    DOORSTEP_TRY_ASSIGN(std::string answer, phone.save(context.settings.now_ms, form));
    if (context.settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json saved, from_json_text(answer));
    return saved.at("records").at(0).get<std::string>();
}

Result<json> read_record(PhoneHandle& phone, const std::string& id) {
    DOORSTEP_TRY_ASSIGN(const std::string answer, phone.read(id));
    return from_json_text(answer);
}

/// The schema of a record's type. Errors: invalid_argument for one that only a newer version knows.
Result<const TypeInfo*> type_of(const json& record, const Schema& schema) {
    const auto name = record.at("type").get<std::string>();
    const TypeInfo* type = schema.type(name);
    if (type == nullptr) return Failure{DS_INVALID_ARGUMENT, text<Text::newer_type>(name)};
    return type;
}

}  // namespace

Result<std::string> run(const NewRecord& record, const Context& context) {
    const TypeInfo* type = context.schema.type(record.type);
    assert(type != nullptr);  // the command line offers only the schema's types
    // Texts are read first: nobody should have to type again because the database was busy meanwhile.
    DOORSTEP_TRY_ASSIGN(const std::string form, new_record_form(record, *type, context.settings.now_ms));
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    return save(phone, form, context);
}

Result<std::string> run(const Edit& edit, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(const json record, read_record(phone, edit.id));
    DOORSTEP_TRY_ASSIGN(const TypeInfo* type, type_of(record, context.schema));
    DOORSTEP_TRY_ASSIGN(const std::string form, edit_form(edit, *type));
    return save(phone, form, context);
}

Result<std::string> run(const List& list, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(std::string answer, phone.list(list.type, list.rows_max));
    if (context.settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json found, from_json_text(answer));
    std::string out;
    for (const json& record : found.at("records")) out += record_as_row(record, context.schema);
    return out.empty() ? text<Text::no_records>() : out;
}

Result<std::string> run(const Show& show, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(std::string answer, phone.read(show.id));
    if (context.settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json record, from_json_text(answer));
    return record_as_text(record, context.schema, Fields::all);
}

Result<std::string> run(const Log& log, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(std::string answer, phone.history(log.id));
    if (context.settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json record, read_record(phone, log.id));
    DOORSTEP_TRY_ASSIGN(const json history, from_json_text(answer));
    return history_as_text(history, context.schema.type(record.at("type").get<std::string>()));
}

}  // namespace doorstep::cli
