#include "mobile-bridge/cli/record_text.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "mobile-bridge/cli/local_time.hpp"
#include "mobile-bridge/cli/messages.hpp"
#include "mobile-bridge/cli/text.hpp"
#include "mobile-bridge/cli/value_text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

constexpr std::size_t row_characters_max = 48;
constexpr std::size_t device_digits = 8;  // of the replica's 32: enough to tell a township's phones apart

std::string text_in(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? printable(found->get_ref<const std::string&>())
                                                       : std::string();
}

std::int64_t number_in(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// Who, on which device, when. The author is unknown while the commit has not arrived here.
std::string trace(const json& write) {
    const std::string author = text_in(write, "author"), dot = text_in(write, "dot");
    const std::int64_t time_ms = number_in(write, "time_ms");
    return text<Text::trace>(author.empty() ? text<Text::author_unknown>() : author, dot.substr(0, device_digits),
                             time_ms == 0 ? text<Text::time_unknown>() : local_time(time_ms));
}

std::string value_lines(const FieldInfo* field, const json& value, const std::string& mark) {
    std::string out = "    " + mark + hang(value_as_text(field, value.at("value")), "    ") + "\n";
    for (const json& write : value.at("writes")) {
        out += "      — " + trace(write);
        if (!mark.empty()) out += "  " + text<Text::dot>(text_in(write, "dot"));
        out += "\n";
    }
    return out;
}

std::string field_lines(const FieldInfo* field, const std::string& name, const json& content) {
    const json& values = content.at("values");
    const bool conflict = content.at("conflict").get<bool>();
    std::string out = "  " + (field != nullptr ? field->label.shown() : printable(name));
    if (conflict) out += "  " + text<Text::awaits_decision>(values.size(), printable(name));
    out += "\n";
    int number_from_1 = 0;
    for (const json& value : values)
        out += value_lines(field, value, conflict ? std::to_string(++number_from_1) + ") " : "");
    return out;
}

std::string type_label(const TypeInfo* type, const json& record) {
    return type != nullptr ? type->label.shown() : text_in(record, "type");
}

std::string place_of(const json& record) {
    const std::string place = text_in(record, "place"), division = text_in(record, "division");
    return place.empty() ? division : place + " " + division;
}

/// The names of the record's fields, in the schema's order; those it does not know follow.
std::vector<std::string> field_order(const TypeInfo* type, const json& fields) {
    std::vector<std::string> order;
    if (type != nullptr)
        for (const FieldInfo& field : type->fields)
            if (fields.contains(field.name)) order.push_back(field.name);
    for (const auto& [name, content] : fields.items())
        if (type == nullptr || type->field(name) == nullptr) order.push_back(name);
    return order;
}

/// What a row shows of the record: the first of these that holds a text.
std::string beginning(const json& record) {
    for (const char* name : {"summary", "name", "category", "address"}) {
        const auto field = record.at("fields").find(name);
        if (field == record.at("fields").end()) continue;
        const json& value = field->at("values").at(0).at("value");
        if (value.is_string()) return one_line(value.get_ref<const std::string&>(), row_characters_max);
    }
    return {};
}

std::string entry_lines(const json& entry, const TypeInfo* type) {
    const std::string name = text_in(entry, "field");
    const FieldInfo* field = type != nullptr ? type->field(name) : nullptr;
    const bool removed = text_in(entry, "action") == "remove";
    const bool live = entry.value("live", false);
    if (const auto erased = entry.find("erased"); erased != entry.end())
        return trace(entry) + "  " + text<Text::entry_erased>() + "\n    " + text_in(*erased, "rule") + " · " +
               text_in(*erased, "ordered_by") + "\n";
    const std::string state = removed ? text<Text::entry_remove>()
                              : live  ? text<Text::entry_live>()
                                      : text<Text::entry_superseded>();
    return trace(entry) + "  " + (field != nullptr ? field->label.shown() : name) + "  " + state + "\n    " +
           hang(value_as_text(field, entry.at("value")), "    ") + "\n";
}

}  // namespace

std::string record_as_text(const json& record, const Schema& schema, Fields wanted) {
    const TypeInfo* type = schema.type(text_in(record, "type"));
    std::string out = type_label(type, record) + "  " + text_in(record, "id") + "\n  " + place_of(record) + "\n";
    const std::string moved_to = text_in(record, "moved_to");
    if (!moved_to.empty()) out += "  " + text<Text::row_moved_to>(moved_to) + "\n";
    const json& fields = record.at("fields");
    for (const std::string& name : field_order(type, fields)) {
        const json& content = fields.at(name);
        if (wanted == Fields::in_conflict && !content.at("conflict").get<bool>()) continue;
        out += field_lines(type != nullptr ? type->field(name) : nullptr, name, content);
    }
    return out;
}

std::string record_as_row(const json& record, const Schema& schema) {
    std::string out = text_in(record, "id") + "  " + type_label(schema.type(text_in(record, "type")), record) + "  " +
                      place_of(record);
    const std::int64_t conflicts = number_in(record, "conflicts");
    if (conflicts > 0) out += "  " + text<Text::row_conflicts>(conflicts);
    const std::string moved_to = text_in(record, "moved_to");
    if (!moved_to.empty()) out += "  " + text<Text::row_moved_to>(moved_to);
    const std::string begins = beginning(record);
    return begins.empty() ? out + "\n" : out + "\n    " + begins + "\n";
}

std::string history_as_text(const json& history, const TypeInfo* type) {
    std::string out;
    for (const json& entry : history.at("entries")) out += entry_lines(entry, type);
    return out;
}

}  // namespace doorstep::cli
