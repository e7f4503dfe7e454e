#include "json/strict_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/base/utf8.hpp"

namespace doorstep {
namespace {

/// Depth by counting brackets outside of strings; good enough before the parser has judged the rest.
bool too_deep(std::string_view text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > json_depth_max) return true;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

/// Watches the parser for what it would pass over.
class Watch {
public:
    bool operator()(int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::object_start) keys_.emplace_back();
        if (event == Event::object_end) keys_.pop_back();
        if (event == Event::key && !keys_.back().insert(parsed.get_ref<const std::string&>()).second)
            fault_ = "a key twice";
        const bool text = event == Event::key || (event == Event::value && parsed.is_string());
        if (text && parsed.get_ref<const std::string&>().find('\0') != std::string::npos) fault_ = "U+0000";
        // A whole number of more than 64 bits comes as a double that is only near it.
        constexpr double exact_max = 9'007'199'254'740'992;
        if (event == Event::value && parsed.is_number_float() && std::abs(parsed.get<double>()) > exact_max)
            fault_ = "a number that is too large";
        return true;
    }
    const char* fault() const { return fault_; }

private:
    std::vector<std::set<std::string>> keys_;
    const char* fault_ = nullptr;
};

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max)
        return Error{Errc::payload_too_large, "JSON here is at most " + std::to_string(bytes_max) + " bytes"};
    if (!is_text(text)) return Error{Errc::invalid_utf8, "the JSON text is not well-formed UTF-8"};
    if (too_deep(text)) return Error{Errc::invalid_argument, "the JSON text is nested too deeply"};
    Watch watch;
    const auto watching = [&watch](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        return watch(depth, event, parsed);
    };
    nlohmann::json value = nlohmann::json::parse(text.begin(), text.end(), watching, /*allow_exceptions=*/false);
    if (value.is_discarded()) return Error{Errc::invalid_argument, "this is not JSON"};
    if (watch.fault()) return Error{Errc::invalid_argument, std::string("the JSON text holds ") + watch.fault()};
    return value;
}

}  // namespace doorstep
