// Records and history to JSON.
#include <nlohmann/json.hpp>

#include "core/base/civil_date.hpp"
#include "core/model/schema.hpp"
#include "json/record_json.hpp"

namespace doorstep {
namespace {

using nlohmann::json;

json to_json(const Value& value) {
    switch (value.type()) {
        case ValueType::cleared: return nullptr;
        case ValueType::text: return std::string(value.as_text());
        case ValueType::integer:
        case ValueType::time: return value.as_integer();
        case ValueType::record: return value.as_record().hex();
        case ValueType::attachment: {
            const BlobName name = value.as_attachment();
            return {{"sha256", name.hash.hex()}, {"size", name.size}, {"media", name.media}};
        }
        case ValueType::date: return format_date(value.as_integer());
        case ValueType::position: {
            const Value::Position position = value.as_position();
            return {{"lat", static_cast<double>(position.latitude_e6) / 1e6},
                    {"lon", static_cast<double>(position.longitude_e6) / 1e6}};
        }
        case ValueType::dots: {
            json list = json::array();
            for (const Dot& dot : value.as_dots()) list.push_back(text_of(dot));
            return list;
        }
        case ValueType::blob: break;
    }
    return {{"hex", to_hex(value.bytes())}};  // of a newer version
}

const char* name_of(Kind kind) {
    switch (kind) {
        case Kind::value: return "value";
        case Kind::latest: return "latest";
        case Kind::max: return "max";
        case Kind::min: return "min";
        case Kind::count: return "count";
        case Kind::once: return "once";
        case Kind::set: return "set";
        case Kind::log: return "log";
        case Kind::state: return "state";
    }
    return "value";
}

const char* name_of(ValueType type) {
    switch (type) {
        case ValueType::attachment: return "attachment";
        case ValueType::cleared: return "cleared";
        case ValueType::text: return "text";
        case ValueType::integer: return "integer";
        case ValueType::record: return "record";
        case ValueType::position: return "position";
        case ValueType::date: return "date";
        case ValueType::time: return "time";
        case ValueType::dots: return "dots";
        case ValueType::blob: return "blob";
    }
    return "unknown";
}

std::string field_name(const RecordSchema* schema, std::uint32_t field) {
    const FieldSchema* known = schema ? schema->field(field) : nullptr;
    return known ? std::string(known->name) : "#" + std::to_string(field);
}

const char* name_of(Existence existence) {
    switch (existence) {
        case Existence::alive: return "alive";
        case Existence::deleted: return "deleted";
        case Existence::deleted_while_edited: return "deleted_while_edited";
    }
    return "alive";
}

json to_json(const std::vector<ValueView>& values) {
    json out = json::array();
    for (const ValueView& value : values) {
        json writes = json::array();
        for (const Trace& trace : value.traces)
            writes.push_back({{"dot", text_of(trace.dot)}, {"author", trace.author}, {"time_ms", trace.wall_ms}});
        out.push_back({{"value", to_json(value.value)}, {"writes", std::move(writes)}});
    }
    return out;
}

json to_json(const FieldView& field) {
    json out = {{"kind", name_of(field.kind)}, {"conflict", field.conflict}, {"values", to_json(field.values)}};
    if (!field.overruled.empty()) out["overruled"] = to_json(field.overruled);
    if (field.suggestion) out["suggestion"] = *field.suggestion;
    return out;
}

json label(std::string_view zh_cn, std::string_view en) { return {{"zh-CN", zh_cn}, {"en", en}}; }

}  // namespace

json to_json(const RecordView& record, const Divisions& divisions) {
    const RecordSchema* schema = record_schema(record.type);
    json fields = json::object();
    for (const FieldView& field : record.fields) fields[field_name(schema, field.field)] = to_json(field);
    json members = json::array();
    for (const RecordId& member : record.members) members.push_back(member.hex());
    json out = {{"id", record.record.hex()},
                {"existence", name_of(record.existence)},
                {"members", std::move(members)},
                {"type", schema ? std::string(schema->name) : "#" + std::to_string(record.type)},
                {"division", record.area.text()},
                {"place", divisions.place_name(record.area)},
                {"conflicts", record.conflicts},
                {"fields", std::move(fields)}};
    if (record.moved_to) out["moved_to"] = record.moved_to->text();
    return out;
}

json to_json(const HistoryEntry& entry, const RecordSchema* schema) {
    json out = {{"field", field_name(schema, entry.field)},
                {"action", entry.action == Op::Action::put ? "put" : "remove"},
                {"value", to_json(entry.value)},
                {"dot", text_of(entry.trace.dot)},
                {"author", entry.trace.author},
                {"time_ms", entry.trace.wall_ms},
                {"live", entry.live},
                {"overruled", entry.overruled}};
    if (entry.erased)
        out["erased"] = {{"rule", entry.erased->rule},
                         {"ordered_by", entry.erased->ordered_by},
                         {"ordered_at_ms", entry.erased->ordered_at_ms}};
    return out;
}

json schema_to_json() {
    json types = json::array();
    for (const RecordSchema& schema : record_schemas()) {
        json fields = json::array();
        for (const FieldSchema& field : schema.fields)
            fields.push_back({{"id", field.id},
                              {"name", field.name},
                              {"kind", name_of(field.kind)},
                              {"type", name_of(field.type)},
                              {"label", label(field.label_zh_cn, field.label_en)}});
        types.push_back({{"id", schema.id},
                         {"name", schema.name},
                         {"label", label(schema.label_zh_cn, schema.label_en)},
                         {"fields", std::move(fields)}});
    }
    return {{"version", schema_version}, {"types", std::move(types)}};
}

}  // namespace doorstep
