#include "server/api/office_words.hpp"

#include <fmt/format.h>

#include "core/base/civil_date.hpp"
#include "core/model/schema.hpp"
#include "server/api/html.hpp"
#include "server/api/value_text.hpp"

namespace doorstep::server {

std::string OfficeWords::value(const Value& value) const {
    if (value.type() != ValueType::record) return escape(value_text(value, language_));
    const std::string id = value.as_record().hex();
    return fmt::format("<a href=\"/office/record?id={}\">{}</a>", id, id.substr(0, 12));
}

std::string OfficeWords::field(std::uint32_t record_type, std::uint32_t field) const {
    const RecordSchema* schema = record_schema(record_type);
    const FieldSchema* known = schema ? schema->field(field) : nullptr;
    if (!known) return "#" + std::to_string(field);
    return std::string(language_ == Language::zh_cn ? known->label_zh_cn : known->label_en);
}

std::string OfficeWords::trace(const Trace& from) const {
    std::string device = device_label_(from.dot.replica);
    if (device.empty()) device = say(Text::office_device);
    return fmt::format("<p class=\"trace\">{}：{} · {}：{} · {}：{}</p>", say(Text::written_by), escape(from.author),
                       say(Text::device), escape(device), say(Text::time), china_time(from.wall_ms));
}

}  // namespace doorstep::server
