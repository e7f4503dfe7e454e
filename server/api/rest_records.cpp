// /api/v1: records, their history, decisions on conflicts, moves.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/model/schema.hpp"
#include "json/record_json.hpp"
#include "server/access/mask.hpp"
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
Result<RecordQuery> query_of(const RestRequest& asked) {
    RecordQuery out;
    out.scope = asked.session.scope;
    DOORSTEP_TRY_ASSIGN(const Paging paging, paging_of(asked.request.query));
    out.rows_max = paging.rows_max;
    if (paging.before) out.before = *paging.before;
    const Form& form = asked.form;
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

Result<Reply> page_reply(Storage& storage, const RestRequest& asked, const RecordQuery& query) {
    DOORSTEP_TRY_ASSIGN(const RecordPage page, storage.records(query));
    json items = json::array();
    for (const ScopedRecord& record : page.records) items.push_back(seen_json(asked, record, storage.divisions()));
    json out = {{"items", std::move(items)}};
    if (page.next) out["next"] = cursor_text(*page.next);
    return json_reply(asked.request, out);
}

Result<ScopedRecord> record_of_path(Storage& storage, const RestRequest& asked) {
    return record_for(storage, asked, path_part(asked.request.path, record_part));
}

/// What a write said that is one of the alternatives: also for who does not see its words. Errors: stale_decision.
Result<Value> chosen(const RecordView& record, std::uint32_t field_id, const Dot& choice) {
    if (const FieldView* field = record.field(field_id))
        for (const ValueView& value : field->values)
            if (std::find(value.dots.begin(), value.dots.end(), choice) != value.dots.end()) return value.value;
    return Error{Errc::stale_decision, "the choice is no longer open"};
}

/// What the office may choose: one of the alternatives, by its write, or a wording of its own.
Result<Resolution> resolution_of(const json& body, const RecordView& record) {
    const RecordSchema* schema = record_schema(record.type);
    DOORSTEP_TRY_ASSIGN(const std::string name, text_in(body, "field"));
    const FieldSchema* field = schema ? schema->field(name) : nullptr;
    if (!field) return Error{Errc::unknown_field, "the record has no such field"};
    Resolution out{record.record, field->id, Value::cleared(), {}};
    if (body.contains("value") == body.contains("choice")) return bad("\"value\" or \"choice\": one of the two");
    if (body.contains("value")) {
        DOORSTEP_TRY_ASSIGN(out.value, value_from_json(*field, body["value"]));
    } else {
        DOORSTEP_TRY_ASSIGN(const std::string text, text_in(body, "choice"));
        DOORSTEP_TRY_ASSIGN(const Dot choice, dot_from_text(text));
        DOORSTEP_TRY_ASSIGN(out.value, chosen(record, field->id, choice));
    }
    DOORSTEP_TRY_ASSIGN(const std::vector<std::string> seen, texts_in(body, "seen"));
    for (const std::string& text : seen) {
        DOORSTEP_TRY_ASSIGN(const Dot dot, dot_from_text(text));
        out.seen.push_back(dot);
    }
    return out;
}

}  // namespace

Result<Reply> rest_records(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const RecordQuery query, query_of(asked));
    return page_reply(storage, asked, query);
}

Result<Reply> rest_conflicts(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(RecordQuery query, query_of(asked));
    query.which = RecordQuery::Which::in_conflict;
    return page_reply(storage, asked, query);
}

Result<Reply> rest_record(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record, record_of_path(storage, asked));
    return json_reply(asked.request, seen_json(asked, record, storage.divisions()));
}

/// The audit has it first.
Result<Reply> rest_reveal(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body, json_body(asked.request, {"purpose"}));
    DOORSTEP_TRY_ASSIGN(const Purpose purpose, purpose_in(asked, body));
    const auto id = RecordId::from_hex(path_part(asked.request.path, record_part));
    if (!id) return Error{Errc::not_found, "no such record"};
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record, storage.read_within(id.value(), asked.session.scope));
    DOORSTEP_TRY(check_may(asked, record.relation, purpose));
    AuditEntry entry{asked.now_ms, asked.session.staff, asked.session.role, asked.route,
                     purpose,      record.view.record,  record.view.area,   {}};
    if (const RecordSchema* schema = record_schema(record.view.type))
        entry.seen = revealed_of(asked, "GET /api/v1/records/{record}", *schema, record.relation, purpose);
    DOORSTEP_TRY(storage.audit().record(entry));
    return json_reply(200, seen_json(asked, record, storage.divisions(), purpose));
}

Result<Reply> rest_history(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record, record_of_path(storage, asked));
    DOORSTEP_TRY_ASSIGN(ScopedHistory history, storage.history_within(record.view.record, asked.session.scope));
    const std::uint32_t type = record.view.type;
    const Seeing how = seeing(policy(), asked.session.role, asked.route, history.record.relation, Purpose::none);
    json items = json::array();
    for (const HistoryEntry& entry : seen(std::move(history.entries), type, how)) {
        json item = to_json(entry, record_schema(type));
        item["record"] = entry.record.hex();
        item["held"] = entry.held;
        items.push_back(std::move(item));
    }
    return json_reply(asked.request, {{"items", std::move(items)}});
}

/// Those that the session may see.
Result<Reply> rest_parts(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record, record_of_path(storage, asked));
    DOORSTEP_TRY_ASSIGN(const std::vector<WrittenPart> parts, storage.parts_of(record.view.record));
    json items = json::array();
    for (const WrittenPart& part : parts) {
        if (!asked.session.scope.covers(part.stream)) continue;
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
    return json_reply(asked.request, {{"items", std::move(items)}});
}

Result<Reply> rest_resolve(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body, json_body(asked.request, {"field", "value", "choice", "seen"}));
    return once(storage, asked, [&]() -> Result<Reply> {
        DOORSTEP_TRY_ASSIGN(const ScopedRecord record, record_of_path(storage, asked));
        DOORSTEP_TRY_ASSIGN(const Resolution resolution, resolution_of(body, record.view));
        DOORSTEP_TRY(storage.resolve(resolution, asked.session.staff, asked.now_ms));
        return no_content();
    });
}

Result<Reply> rest_move(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body, json_body(asked.request, {"records", "to"}));
    DOORSTEP_TRY_ASSIGN(const std::vector<std::string> texts, texts_in(body, "records"));
    DOORSTEP_TRY_ASSIGN(const std::string to, text_in(body, "to"));
    DOORSTEP_TRY_ASSIGN(const Area area, Area::parse(to));
    if (texts.empty() || texts.size() > moved_records_max) return bad("\"records\" names 1 to 200");
    return once(storage, asked, [&]() -> Result<Reply> {
        std::vector<RecordId> records;
        for (const std::string& text : texts) {
            DOORSTEP_TRY_ASSIGN(const ScopedRecord record, record_for(storage, asked, text));
            records.push_back(record.view.record);
        }
        DOORSTEP_TRY_ASSIGN(const std::size_t moved, storage.move(records, area, asked.session.staff, asked.now_ms));
        return json_reply(200, {{"moved", moved}});
    });
}

}  // namespace doorstep::server
