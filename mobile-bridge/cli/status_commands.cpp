// Where this phone's own saves stand, and whether the file is sound.
#include <nlohmann/json.hpp>
#include <string_view>

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

constexpr std::size_t replica_digits = 8;

std::string text_in(const json& object, const char* key) { return printable(object.value(key, std::string())); }
std::uint64_t count_in(const json& object, const char* key) { return object.value(key, std::uint64_t{0}); }

/// What a person should do about a reason that the library gives by name.
std::string advice_named(std::string_view name) {
    for (ds_status code = 1; code <= DS_INTERNAL; ++code)
        if (name == ds_error_name(code)) return ds_advice(code, language_tag());
    return ds_advice(DS_INTERNAL, language_tag());
}

std::string areas_line(const json& outbox) {
    std::string areas;
    for (const json& area : outbox.value("areas", json::array()))
        areas += (areas.empty() ? "" : ", ") + text_in(area, "place") + " " + text_in(area, "division");
    return text<Text::status_areas>(areas) + "\n";
}

std::string held_lines(const json& held) {
    std::string out;
    for (const json& notice : held) {
        const std::string reason = text_in(notice, "reason");
        out += text<Text::status_held_one>(count_in(notice, "seq"), advice_named(reason), reason) + "\n";
    }
    return out;
}

std::string outbox_as_text(const json& outbox) {
    const std::string replica = text_in(outbox, "replica").substr(0, replica_digits);
    if (!outbox.value("enrolled", false)) return text<Text::status_not_enrolled>(replica);
    const json held = outbox.value("held", json::array());
    std::string out = text<Text::status_who>(text_in(outbox, "author"), text_in(outbox, "device"), replica,
                                             text_in(outbox, "server"));
    out += "\n" + areas_line(outbox) + text<Text::status_saved>(count_in(outbox, "saved")) + "\n";
    out += text<Text::status_only_here>(count_in(outbox, "only_here")) + "\n";
    out += text<Text::status_received>(count_in(outbox, "received")) + "\n";
    out += text<Text::status_backed_up>(count_in(outbox, "backed_up")) + "\n";
    return out + text<Text::status_held>(held.size()) + "\n" + held_lines(held);
}

}  // namespace

Result<std::string> run(const Outbox&, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(std::string answer, phone.outbox());
    if (context.settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json outbox, from_json_text(answer));
    return outbox_as_text(outbox);
}

Result<std::string> run(const Verify&, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(std::string answer, phone.verify());
    if (context.settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json found, from_json_text(answer));
    return text<Text::verified>(count_in(found, "commits"), count_in(found, "records"), count_in(found, "streams"),
                                text_in(found, "state"));
}

}  // namespace doorstep::cli
