#include "bench/visit_records.hpp"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/civil_date.hpp"
#include "core/model/schema.hpp"

namespace doorstep::bench {
namespace {

using nlohmann::json;

constexpr std::uint32_t visit = 3, form_1 = 65'536;

FieldEdit put(std::uint32_t field, Kind kind, Value value) {
    return {field, kind, Op::Action::put, std::move(value), std::nullopt};
}

Status add_text(std::vector<FieldEdit>& out, std::uint32_t field, Kind kind, const std::string& text) {
    DOORSTEP_TRY_ASSIGN(Value value, Value::text(text));
    out.push_back(put(field, kind, std::move(value)));
    return ok();
}

Result<std::vector<FieldEdit>> fields_of(const json& record) {
    std::vector<FieldEdit> out;
    const auto text = [&](const char* key) { return record.at(key).get<std::string>(); };
    DOORSTEP_TRY(add_text(out, 1, Kind::value, text("addr")));
    DOORSTEP_TRY(add_text(out, 2, Kind::value, text("grid")));
    for (const json& need : record.at("needs")) DOORSTEP_TRY(add_text(out, 3, Kind::set, need.get<std::string>()));
    DOORSTEP_TRY(add_text(out, 4, Kind::value, text("summary")));
    DOORSTEP_TRY_ASSIGN(const std::int64_t follow_up, parse_date(text("follow_up_at")));
    out.push_back(put(5, Kind::value, Value::date(follow_up)));
    DOORSTEP_TRY_ASSIGN(Value position, Value::position(std::llround(record.at("lat").get<double>() * 1e6),
                                                        std::llround(record.at("lon").get<double>() * 1e6)));
    out.push_back(put(6, Kind::value, std::move(position)));
    DOORSTEP_TRY_ASSIGN(const std::int64_t day, parse_date(text("visited_at").substr(0, 10)));
    out.push_back(put(17, Kind::value, Value::time(day * 86'400'000)));
    std::uint32_t field = form_1;
    for (const char* key : {"hh", "visitor", "status", "urgency", "kind", "channel"})
        DOORSTEP_TRY(add_text(out, ++field, Kind::value, text(key)));
    out.push_back(put(++field, Kind::value, Value::integer(std::llround(record.at("amount").get<double>() * 100))));
    return out;
}

}  // namespace

Result<std::vector<RecordEdit>> read_visit_records(const std::string& path, const Area& area) {
    std::ifstream file(path);
    if (!file) return Error{Errc::not_found, "no file of benchmark records; ./dev bench makes it"};
    std::vector<RecordEdit> out;
    for (std::string line; std::getline(file, line);) {
        const json record = json::parse(line, nullptr, /*allow_exceptions=*/false);
        if (!record.is_object()) return Error{Errc::malformed, "a benchmark record is not JSON"};
        RecordEdit edit;
        edit.type = visit;
        edit.home.area = area;
        DOORSTEP_TRY_ASSIGN(edit.fields, fields_of(record));
        out.push_back(std::move(edit));
    }
    return out;
}

}  // namespace doorstep::bench
