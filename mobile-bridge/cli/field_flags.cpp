#include "mobile-bridge/cli/field_flags.hpp"

#include <algorithm>

namespace doorstep::cli {
namespace {

/// Shorter in the hand than the field's name, or the name is taken by a global option.
struct Row {
    const char *field, *names, *remove_names;
};
constexpr Row rows[] = {
    {"needs", "--need,--add-need", "--remove-need"},
    {"photos", "--photo,--add-photo", "--remove-photo"},
    {"notes", "--note,--add-note", nullptr},
    {"follow_up_on", "--follow-up", nullptr},
    {"phone", "--phone-number", nullptr},
};

const Row* row_of(const FieldInfo& field) {
    const auto* const found =
        std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return field.name == row.field; });
    return found == std::end(rows) ? nullptr : found;
}

std::string dashed(const std::string& name) {
    std::string out = "--" + name;
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

}  // namespace

std::vector<FieldFlag> flags_of(const FieldInfo& field) {
    if (field.kind == "once" || field.type == "position" || field.type == "attachment") return {};
    const Row* row = row_of(field);
    const auto change = field.gathers() ? FieldInput::Change::add : FieldInput::Change::put;
    std::vector<FieldFlag> out{{row != nullptr ? row->names : dashed(field.name), change}};
    if (field.kind == "set") {
        const std::string remove = row != nullptr ? row->remove_names : "--remove" + dashed(field.name).substr(1);
        out.push_back({remove, FieldInput::Change::remove});
    }
    return out;
}

std::vector<FieldInfo> fields_of_all_types(const Schema& schema) {
    std::vector<FieldInfo> out;
    for (const TypeInfo& type : schema.types())
        for (const FieldInfo& field : type.fields) {
            const auto same = [&](const FieldInfo& known) { return known.name == field.name; };
            if (std::none_of(out.begin(), out.end(), same)) out.push_back(field);
        }
    return out;
}

}  // namespace doorstep::cli
