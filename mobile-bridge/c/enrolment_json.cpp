#include "mobile-bridge/c/enrolment_json.hpp"

#include <nlohmann/json.hpp>

namespace doorstep {

using nlohmann::json;

Result<Enrolment> enrolment_from_json(const json& from) {
    const Error bad{Errc::malformed, "the server's answer to the enrolment is not understood"};
    const auto text = [](const json& object, const char* key) {
        return object.contains(key) && object[key].is_string();
    };
    if (!from.is_object() || !text(from, "author") || !text(from, "device") || !from.contains("areas") ||
        !from["areas"].is_array() || !from.contains("divisions") || !from["divisions"].is_array())
        return bad;
    Enrolment out;
    out.author = from["author"].get<std::string>();
    out.device = from["device"].get<std::string>();
    for (const json& area : from["areas"]) {
        if (!area.is_string()) return bad;
        DOORSTEP_TRY_ASSIGN(const Area parsed, Area::parse(area.get_ref<const std::string&>()));
        out.areas.push_back(parsed);
    }
    if (from.value("restricted", json(false)) == json(true)) out.restricted = Scope::Restricted::yes;
    for (const json& matter : from.value("sealed", json::array())) {
        if (!matter.is_string()) return bad;
        DOORSTEP_TRY_ASSIGN(const RecordId id, RecordId::from_hex(matter.get_ref<const std::string&>()));
        out.sealed.push_back(id);
    }
    std::vector<Division> rows;
    for (const json& row : from["divisions"]) {
        if (!row.is_object() || !text(row, "code") || !text(row, "name")) return bad;
        DOORSTEP_TRY_ASSIGN(const Area code, Area::parse(row["code"].get_ref<const std::string&>()));
        rows.push_back({code.division, row["name"].get<std::string>()});
    }
    out.divisions = Divisions(std::move(rows));
    if (text(from, "sealing_key")) out.sealing_key = from["sealing_key"].get<std::string>();
    return out;
}

}  // namespace doorstep
