#include "server/api/value_text.hpp"

#include <fmt/format.h>

#include "core/base/civil_date.hpp"
#include "server/api/html.hpp"

namespace doorstep::server {

std::string value_text(const Value& value, Language language) {
    switch (value.type()) {
        case ValueType::text: return std::string(value.as_text());
        case ValueType::cleared: return std::string(text(Text::cleared, language));
        case ValueType::integer: return std::to_string(value.as_integer());
        case ValueType::time: return china_time(static_cast<std::uint64_t>(value.as_integer()));
        case ValueType::date: return format_date(value.as_integer());
        case ValueType::record: return value.as_record().hex();
        case ValueType::position: {
            const Value::Position at = value.as_position();
            return fmt::format("{:.6f}, {:.6f}", static_cast<double>(at.latitude_e6) / 1e6,
                               static_cast<double>(at.longitude_e6) / 1e6);
        }
        case ValueType::dots: return std::string(text(Text::deletion, language));
        case ValueType::attachment: return value.as_attachment().media;
        case ValueType::blob: break;
    }
    return to_hex(value.bytes());
}

}  // namespace doorstep::server
