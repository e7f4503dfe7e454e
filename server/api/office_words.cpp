#include "server/api/office_words.hpp"

#include <fmt/format.h>

#include "core/base/civil_date.hpp"
#include "core/model/schema.hpp"
#include "server/api/html.hpp"

namespace doorstep::server {

std::string dot_text(const Dot& dot) { return dot.replica.hex() + ":" + std::to_string(dot.seq); }

std::string OfficeWords::value(const Value& value) const {
    switch (value.type()) {
        case ValueType::text: return escape(value.as_text());
        case ValueType::cleared: return say(Text::cleared);
        case ValueType::integer: return std::to_string(value.as_integer());
        case ValueType::time: return china_time(static_cast<std::uint64_t>(value.as_integer()));
        case ValueType::date: return format_date(value.as_integer());
        case ValueType::record: {
            const std::string id = value.as_record().hex();
            return fmt::format("<a href=\"/office/record?id={}\">{}</a>", id, id.substr(0, 12));
        }
        case ValueType::position: {
            const Value::Position at = value.as_position();
            return fmt::format("{:.6f}, {:.6f}", static_cast<double>(at.latitude_e6) / 1e6,
                               static_cast<double>(at.longitude_e6) / 1e6);
        }
        case ValueType::dots: return say(Text::deletion);
        case ValueType::attachment: return escape(value.as_attachment().media);
        case ValueType::blob: break;
    }
    return to_hex(value.bytes());
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
