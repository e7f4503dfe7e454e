// What awaits a decision, and deciding it.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/record_text.hpp"
#include "mobile-bridge/cli/text.hpp"
#include "mobile-bridge/cli/text_source.hpp"
#include "mobile-bridge/cli/value_text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

/// A dot has 32 digits and a colon; a place in the list of alternatives is a short number.
constexpr std::size_t place_digits_max = 4;

bool is_place(const std::string& choice) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !choice.empty() && choice.size() <= place_digits_max && std::all_of(choice.begin(), choice.end(), is_digit);
}

/// The alternatives as `show` numbers them. Errors: stale_decision when there are none.
Result<json> alternatives_of(const json& record, const std::string& field) {
    const json& fields = record.at("fields");
    const auto found = fields.find(field);
    if (found == fields.end() || !found->at("conflict").get<bool>())
        return Failure{DS_STALE_DECISION, text<Text::no_conflict>()};
    return found->at("values");
}

/// The dot behind `--choose`. Errors: stale_decision, invalid_argument.
Result<std::string> chosen_dot(const Resolve& resolve, const json& record) {
    if (!is_place(*resolve.choose)) return *resolve.choose;
    DOORSTEP_TRY_ASSIGN(const json alternatives, alternatives_of(record, resolve.field));
    std::size_t place_from_1 = 0;
    std::from_chars(resolve.choose->data(), resolve.choose->data() + resolve.choose->size(), place_from_1);
    if (place_from_1 < 1 || place_from_1 > alternatives.size())
        return Failure{DS_INVALID_ARGUMENT, text<Text::choice_range>(alternatives.size())};
    return alternatives.at(place_from_1 - 1).at("writes").at(0).at("dot").get<std::string>();
}

/// The wording of one's own behind `--value`.
Result<json> own_value(const Resolve& resolve, const json& record, const Schema& schema) {
    TextSource source;
    DOORSTEP_TRY_ASSIGN(const std::string typed, source.read(*resolve.value, "--value"));
    const TypeInfo* type = schema.type(record.at("type").get<std::string>());
    const FieldInfo* field = type != nullptr ? type->field(resolve.field) : nullptr;
    if (field == nullptr) return json(typed);  // the library says what is wrong with the name
    return value_from_text(*field, typed);
}

Result<std::string> decision_form(const Resolve& resolve, const json& record, const Schema& schema) {
    json form{{"id", resolve.id}, {"field", resolve.field}};
    if (resolve.choose) {
        DOORSTEP_TRY_ASSIGN(form["choose"], chosen_dot(resolve, record));
    } else {
        DOORSTEP_TRY_ASSIGN(form["value"], own_value(resolve, record, schema));
    }
    return to_json_text(form);
}

}  // namespace

Result<std::string> run(const Conflicts&, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(std::string answer, phone.conflicts());
    if (context.settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json found, from_json_text(answer));
    std::string out;
    for (const json& record : found.at("records")) out += record_as_text(record, context.schema, Fields::in_conflict);
    return out.empty() ? text<Text::no_conflicts>() : out + text<Text::how_to_resolve>();
}

Result<std::string> run(const Resolve& resolve, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(const std::string before, phone.read(resolve.id));
    DOORSTEP_TRY_ASSIGN(const json record, from_json_text(before));
    DOORSTEP_TRY_ASSIGN(const std::string form, decision_form(resolve, record, context.schema));
    DOORSTEP_TRY(phone.resolve(context.settings.now_ms, form));
    DOORSTEP_TRY_ASSIGN(std::string after, phone.read(resolve.id));
    if (context.settings.output == Output::json) return after;
    DOORSTEP_TRY_ASSIGN(const json settled, from_json_text(after));
    return text<Text::resolved>() + "\n" + record_as_text(settled, context.schema, Fields::all);
}

}  // namespace doorstep::cli
