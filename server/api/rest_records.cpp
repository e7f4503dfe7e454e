// /api/v1: records, their history, decisions on conflicts, moves.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/model/schema.hpp"
#include "json/record_json.hpp"
#include "server/api/form.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::size_t record_part = 3;  // of /api/v1/records/{record}
constexpr std::size_t moved_records_max = 200;

Error bad(const char* what) { return {Errc::invalid_argument, what}; }

/// ?type=, ?area= beside the paging; nothing else is read.
Result<RecordQuery> query_of(const Request& request, const StaffSession& session) {
    RecordQuery out;
    out.scope = scope_of(session);
    DOORSTEP_TRY_ASSIGN(const Paging paging, paging_of(request.query));
    out.rows_max = paging.rows_max;
    if (paging.before) out.before = *paging.before;
    DOORSTEP_TRY_ASSIGN(const Form form, Form::parse(request.query));
    if (const std::string_view type = form.get("type"); !type.empty()) {
        const RecordSchema* schema = record_schema(type);
        if (!schema) return bad("type is one of GET /api/v1/schema");
        out.type = schema->id;
    }
    if (const std::string_view area = form.get("area"); !area.empty()) {
        DOORSTEP_TRY_ASSIGN(out.within, Area::parse(area));
    }
    return out;
}

Result<Reply> page_reply(Storage& storage, const Request& request, const RecordQuery& query) {
    DOORSTEP_TRY_ASSIGN(const RecordPage page, storage.records(query));
    json items = json::array();
    for (const RecordView& record : page.records) items.push_back(to_json(record, storage.divisions()));
    json out = {{"items", std::move(items)}};
    if (page.next) out["next"] = cursor_text(*page.next);
    return json_reply(request, out);
}

/// The record of the path, if the session may see it.
Result<RecordView> record_of(Storage& storage, const Request& request, const StaffSession& session) {
    const auto id = RecordId::from_hex(path_part(request.path, record_part));
    if (!id) return Error{Errc::not_found, "no such record"};
    return storage.read(id.value(), scope_of(session));
}

/// What the office may choose: one of the alternatives, or a wording of its own.
Result<Resolution> resolution_of(const json& body, const RecordView& record) {
    const RecordSchema* schema = record_schema(record.type);
    DOORSTEP_TRY_ASSIGN(const std::string name, text_in(body, "field"));
    const FieldSchema* field = schema ? schema->field(name) : nullptr;
    if (!field) return Error{Errc::unknown_field, "the record has no such field"};
    if (!body.contains("value")) return bad("\"value\" is missing");
    Resolution out{record.record, field->id, Value::cleared(), {}};
    DOORSTEP_TRY_ASSIGN(out.value, value_from_json(*field, body["value"]));
    DOORSTEP_TRY_ASSIGN(const std::vector<std::string> seen, texts_in(body, "seen"));
    for (const std::string& text : seen) {
        DOORSTEP_TRY_ASSIGN(const Dot dot, dot_from_text(text));
        out.seen.push_back(dot);
    }
    return out;
}

}  // namespace

Result<Reply> rest_records(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const RecordQuery query, query_of(request, session));
    return page_reply(storage, request, query);
}

Result<Reply> rest_conflicts(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(RecordQuery query, query_of(request, session));
    query.which = RecordQuery::Which::in_conflict;
    return page_reply(storage, request, query);
}

Result<Reply> rest_record(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const RecordView record, record_of(storage, request, session));
    return json_reply(request, to_json(record, storage.divisions()));
}

/// Of all that are the same thing: so each of them must be there for who asks.
Result<Reply> rest_history(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const RecordView record, record_of(storage, request, session));
    for (const RecordId& member : record.members) DOORSTEP_TRY(storage.read(member, scope_of(session)));
    DOORSTEP_TRY_ASSIGN(const RecordHistory history, storage.history(record.record));
    json items = json::array();
    for (const HistoryEntry& entry : history.entries) {
        json item = to_json(entry, record_schema(record.type));
        item["record"] = entry.record.hex();
        item["held"] = entry.held;
        items.push_back(std::move(item));
    }
    return json_reply(request, {{"items", std::move(items)}});
}

Result<Reply> rest_parts(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const RecordView record, record_of(storage, request, session));
    DOORSTEP_TRY_ASSIGN(const std::vector<WrittenPart> parts, storage.parts_of(record.record));
    json items = json::array();
    for (const WrittenPart& part : parts) {
        const RecordSchema* schema = record_schema(part.record_type);
        json fields = json::array();
        for (const std::uint32_t field : part.fields) {
            const FieldSchema* known = schema ? schema->field(field) : nullptr;
            fields.push_back(known ? std::string(known->name) : "#" + std::to_string(field));
        }
        items.push_back({{"dot", text_of(part.dot)},
                         {"area", part.stream.area.text()},
                         {"author", part.author},
                         {"time_ms", part.wall_ms},
                         {"fields", std::move(fields)}});
    }
    return json_reply(request, {{"items", std::move(items)}});
}

Result<Reply> rest_resolve(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, actor_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const json body, json_body(request, {"field", "value", "seen"}));
    return once(storage, request, session, now_ms, [&]() -> Result<Reply> {
        DOORSTEP_TRY_ASSIGN(const RecordView record, record_of(storage, request, session));
        DOORSTEP_TRY_ASSIGN(const Resolution resolution, resolution_of(body, record));
        DOORSTEP_TRY(storage.resolve(resolution, session.staff, now_ms));
        return no_content();
    });
}

Result<Reply> rest_move(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, actor_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const json body, json_body(request, {"records", "to"}));
    DOORSTEP_TRY_ASSIGN(const std::vector<std::string> texts, texts_in(body, "records"));
    DOORSTEP_TRY_ASSIGN(const std::string to, text_in(body, "to"));
    DOORSTEP_TRY_ASSIGN(const Area area, Area::parse(to));
    if (texts.empty() || texts.size() > moved_records_max) return bad("\"records\" names 1 to 200");
    return once(storage, request, session, now_ms, [&]() -> Result<Reply> {
        std::vector<RecordId> records;
        for (const std::string& text : texts) {
            DOORSTEP_TRY_ASSIGN(const RecordId id, RecordId::from_hex(text));
            DOORSTEP_TRY(storage.read(id, scope_of(session)));
            records.push_back(id);
        }
        DOORSTEP_TRY_ASSIGN(const std::size_t moved, storage.move(records, area, session.staff, now_ms));
        return json_reply(200, {{"moved", moved}});
    });
}

Result<Reply> rest_schema(Storage&, const Request& request, std::uint64_t) {
    return json_reply(request, schema_to_json());
}

}  // namespace doorstep::server
