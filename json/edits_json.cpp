// JSON to edits.
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/civil_date.hpp"
#include "core/base/limits.hpp"
#include "core/model/schema.hpp"
#include "json/record_json.hpp"

namespace doorstep {
namespace {

using nlohmann::json;

Error bad(const std::string& what) { return {Errc::invalid_argument, what}; }

Result<Value> text_value(const json& from) {
    if (!from.is_string()) return bad("a text is written as a JSON string");
    return Value::text(from.get_ref<const std::string&>());
}

Result<Value> record_value(const json& from) {
    if (!from.is_string()) return bad("a record is named by its id");
    DOORSTEP_TRY_ASSIGN(const RecordId id, RecordId::from_hex(from.get_ref<const std::string&>()));
    return Value::record(id);
}

Result<Value> date_value(const json& from) {
    if (!from.is_string()) return bad("a date is written YYYY-MM-DD");
    DOORSTEP_TRY_ASSIGN(const std::int64_t days, parse_date(from.get_ref<const std::string&>()));
    return Value::date(days);
}

Result<Value> position_value(const json& from) {
    if (!from.is_object() || from.size() != 2 || !from.contains("lat") || !from.contains("lon") ||
        !from["lat"].is_number() || !from["lon"].is_number())
        return bad("a position is written {\"lat\":33.16,\"lon\":115.62}");
    const double latitude = from["lat"].get<double>(), longitude = from["lon"].get<double>();
    if (!(std::abs(latitude) <= 90.0) || !(std::abs(longitude) <= 180.0)) return bad("a position lies on the earth");
    return Value::position(std::llround(latitude * 1e6), std::llround(longitude * 1e6));
}

Result<Value> blob_value(const json& from) {
    const bool is_name = from.is_object() && from.size() == 3 && from.contains("sha256") &&
                         from["sha256"].is_string() && from.contains("size") && from["size"].is_number_unsigned() &&
                         from.contains("media") && from["media"].is_string();
    if (!is_name) return bad("an attachment is named {\"sha256\":\"…\",\"size\":12345,\"media\":\"image/jpeg\"}");
    BlobName name;
    DOORSTEP_TRY_ASSIGN(name.hash, Hash::from_hex(from["sha256"].get_ref<const std::string&>()));
    name.size = from["size"].get<std::uint64_t>();
    name.media = from["media"].get<std::string>();
    return Value::attachment(name);
}

Result<FieldEdit> edit_of(const FieldSchema& field, Op::Action action, const json& from) {
    FieldEdit edit{field.id, field.kind, action, Value::cleared(), std::nullopt};
    DOORSTEP_TRY_ASSIGN(edit.value, value_from_json(field, from));
    const bool gathers = field.kind == Kind::set || field.kind == Kind::log;
    if (gathers && edit.value.is_cleared()) return bad(std::string(field.name) + " takes no empty entry");
    return edit;
}

Status add_all(const FieldSchema& field, Op::Action action, const json& list, std::vector<FieldEdit>& out) {
    const json one = list.is_array() ? list : json::array({list});
    for (const json& entry : one) {
        DOORSTEP_TRY_ASSIGN(FieldEdit edit, edit_of(field, action, entry));
        out.push_back(std::move(edit));
    }
    return ok();
}

/// "needs": ["a"] adds; {"add":[…],"remove":[…]} does both.
Status add_set(const FieldSchema& field, const json& from, std::vector<FieldEdit>& out) {
    if (!from.is_object()) return add_all(field, Op::Action::put, from, out);
    for (const auto& [key, list] : from.items()) {
        if (key != "add" && key != "remove") return bad(std::string(field.name) + " takes \"add\" and \"remove\"");
        DOORSTEP_TRY(add_all(field, key == "add" ? Op::Action::put : Op::Action::remove, list, out));
    }
    return ok();
}

Status add_field(const RecordSchema& schema, const std::string& name, const json& from, std::vector<FieldEdit>& out) {
    const FieldSchema* field = schema.field(name);
    if (!field) return Error{Errc::unknown_field, std::string(schema.name) + " has no such field"};
    if (field->kind == Kind::set) return add_set(*field, from, out);
    if (field->kind == Kind::log) return add_all(*field, Op::Action::put, from, out);
    DOORSTEP_TRY_ASSIGN(FieldEdit edit, edit_of(*field, Op::Action::put, from));
    out.push_back(std::move(edit));
    return ok();
}

/// "seen": {"summary": ["<dot>", …]}: what was on the screen.
Status add_seen(const RecordSchema& schema, const json& seen, std::vector<FieldEdit>& edits) {
    if (!seen.is_object()) return bad("\"seen\" names the dots of fields");
    for (const auto& [name, list] : seen.items()) {
        const FieldSchema* field = schema.field(name);
        if (!field || !list.is_array()) return bad("\"seen\" names the dots of fields");
        std::vector<Dot> dots;
        for (const json& text : list) {
            if (!text.is_string()) return bad("a dot is a JSON string");
            DOORSTEP_TRY_ASSIGN(const Dot dot, dot_from_text(text.get_ref<const std::string&>()));
            dots.push_back(dot);
        }
        for (FieldEdit& edit : edits)
            if (edit.field == field->id && field->kind != Kind::set && field->kind != Kind::log) edit.seen = dots;
    }
    return ok();
}

Result<RecordEdit> record_edit(const json& from) {
    if (!from.is_object()) return bad("a record is a JSON object");
    for (const auto& [key, value] : from.items())
        if (key != "type" && key != "id" && key != "division" && key != "fields" && key != "seen")
            return bad("a record takes type, id, division, fields and seen");
    const RecordSchema* schema = from.contains("type") && from["type"].is_string()
                                     ? record_schema(from["type"].get_ref<const std::string&>())
                                     : nullptr;
    if (!schema) return bad("\"type\" is household, resident, visit or issue");
    if (!from.contains("fields") || !from["fields"].is_object()) return bad("\"fields\" is missing");
    RecordEdit edit;
    edit.type = schema->id;
    if (from.contains("id") == from.contains("division"))
        return bad("a new record has \"division\", a known one \"id\"");
    const char* const place = from.contains("id") ? "id" : "division";
    if (!from[place].is_string()) return bad("\"id\" and \"division\" are JSON strings");
    const std::string& text = from[place].get_ref<const std::string&>();
    if (from.contains("id")) {
        DOORSTEP_TRY_ASSIGN(edit.record, RecordId::from_hex(text));
    } else {
        DOORSTEP_TRY_ASSIGN(edit.home.area, Area::parse(text));
    }
    for (const auto& [name, value] : from["fields"].items()) DOORSTEP_TRY(add_field(*schema, name, value, edit.fields));
    if (from.contains("seen")) DOORSTEP_TRY(add_seen(*schema, from["seen"], edit.fields));
    return edit;
}

}  // namespace

Result<Value> value_from_json(const FieldSchema& field, const json& from) {
    if (from.is_null() || (from.is_string() && from.get_ref<const std::string&>().empty())) return Value::cleared();
    switch (field.type) {
        case ValueType::text: return text_value(from);
        case ValueType::record: return record_value(from);
        case ValueType::date: return date_value(from);
        case ValueType::position: return position_value(from);
        case ValueType::integer:
        case ValueType::time:
            if (!from.is_number_integer()) return bad(std::string(field.name) + " is a whole number");
            return field.type == ValueType::time ? Value::time(from.get<std::int64_t>())
                                                 : Value::integer(from.get<std::int64_t>());
        case ValueType::attachment: return blob_value(from);
        case ValueType::dots:
        case ValueType::blob:
        case ValueType::cleared: break;
    }
    return bad("no value of this type");
}

Result<std::vector<RecordEdit>> edits_from_json(const json& from) {
    if (!from.is_object() || !from.contains("records") || !from["records"].is_array() || from["records"].empty())
        return bad("\"records\" is a list with at least one record");
    std::vector<RecordEdit> edits;
    for (const json& record : from["records"]) {
        DOORSTEP_TRY_ASSIGN(RecordEdit edit, record_edit(record));
        edits.push_back(std::move(edit));
    }
    return edits;
}

Result<Dot> dot_from_text(std::string_view text) {
    const Error error{Errc::invalid_argument, "a dot is 32 hexadecimal digits, a colon and a number"};
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() - colon > 20 || text.size() - colon < 2) return error;
    const auto replica = ReplicaId::from_hex(text.substr(0, colon));
    if (!replica) return error;
    Dot dot{replica.value(), 0};
    for (const char c : text.substr(colon + 1)) {
        if (c < '0' || c > '9') return error;
        dot.seq = dot.seq * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (dot.seq == 0) return error;
    return dot;
}

std::string text_of(const Dot& dot) { return dot.replica.hex() + ":" + std::to_string(dot.seq); }

}  // namespace doorstep
