#include "mobile-bridge/cli/schema.hpp"

#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/messages.hpp"
#include "mobile-bridge/cli/phone_handle.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

std::string text_in(const json& object, const char* key) { return object.value(key, std::string()); }

Label label_in(const json& object) {
    const json label = object.value("label", json::object());
    return {text_in(label, "zh-CN"), text_in(label, "en")};
}

}  // namespace

const std::string& Label::shown() const { return language() == Language::en ? en : zh_cn; }

const FieldInfo* TypeInfo::field(std::string_view field_name) const {
    for (const FieldInfo& candidate : fields)
        if (candidate.name == field_name) return &candidate;
    return nullptr;
}

const TypeInfo* Schema::type(std::string_view type_name) const {
    for (const TypeInfo& candidate : types_)
        if (candidate.name == type_name) return &candidate;
    return nullptr;
}

Result<Schema> Schema::load() {
    DOORSTEP_TRY_ASSIGN(const std::string answer, library_schema());
    DOORSTEP_TRY_ASSIGN(const json parsed, from_json_text(answer));
    Schema out;
    for (const json& type : parsed.value("types", json::array())) {
        TypeInfo info{text_in(type, "name"), label_in(type), {}};
        for (const json& field : type.value("fields", json::array()))
            info.fields.push_back(
                {text_in(field, "name"), text_in(field, "kind"), text_in(field, "type"), label_in(field)});
        out.types_.push_back(std::move(info));
    }
    return out;
}

}  // namespace doorstep::cli
