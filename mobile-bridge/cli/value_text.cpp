#include "mobile-bridge/cli/value_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "mobile-bridge/cli/local_time.hpp"
#include "mobile-bridge/cli/messages.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

/// from_chars takes "nan" and "inf", which JSON would write as null: a position would be cleared by a typing mistake.
std::optional<double> degrees(const std::string& typed) {
    double value = 0;
    const char* const end = typed.data() + typed.size();
    const auto [stop, error] = std::from_chars(typed.data(), end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

bool is_position(const json& value) {
    return value.is_object() && value.contains("lat") && value.contains("lon") && value["lat"].is_number() &&
           value["lon"].is_number();
}

}  // namespace

Result<json> position_from_text(const std::string& latitude, const std::string& longitude) {
    if (latitude.empty() && longitude.empty()) return json(nullptr);
    const auto lat = degrees(latitude), lon = degrees(longitude);
    if (!lat || !lon) return Failure{DS_INVALID_ARGUMENT, text<Text::position_form>()};
    return json{{"lat", *lat}, {"lon", *lon}};
}

Result<json> value_from_text(const FieldInfo& field, const std::string& typed) {
    if (typed.empty()) return json(nullptr);
    if (field.type == "time") {
        DOORSTEP_TRY_ASSIGN(const std::int64_t ms, parse_time(typed));
        return json(ms);
    }
    if (field.type == "position") {
        const std::size_t comma = typed.find(',');
        if (comma == std::string::npos) return Failure{DS_INVALID_ARGUMENT, text<Text::position_form>()};
        return position_from_text(typed.substr(0, comma), typed.substr(comma + 1));
    }
    return json(typed);
}

std::string value_as_text(const FieldInfo* field, const json& value) {
    if (value.is_null()) return text<Text::cleared>();
    if (value.is_string()) return printable(value.get_ref<const std::string&>());
    if (field != nullptr && field->type == "time" && value.is_number_integer())
        return local_time(value.get<std::int64_t>());
    if (is_position(value))
        return fmt::format("{:.6f}, {:.6f}", value["lat"].get<double>(), value["lon"].get<double>());
    return printable(value.dump());  // {"hex":…} of a newer version
}

}  // namespace doorstep::cli
