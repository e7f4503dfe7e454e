// The C ABI: check, convert, call, convert. The rules stand at the top of doorstep.h.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/limits.hpp"
#include "core/engine/phone.hpp"
#include "core/model/schema.hpp"
#include "json/record_json.hpp"
#include "json/strict_json.hpp"
#include "mobile-bridge/c/enrolment_json.hpp"
#include "mobile-bridge/c/guard.hpp"
#include "mobile-bridge/c/open_phone.hpp"

using namespace doorstep;
using nlohmann::json;

namespace {

constexpr std::size_t json_bytes_max = 16 * 1024 * 1024;

#define DOORSTEP_ERROR(number, name, zh, en) static_assert(static_cast<int>(Errc::name) == number);
#include "core/base/error_codes.def"
#undef DOORSTEP_ERROR

Status put_json(ds_buf* out, const json& value) { return put(out, value.dump()); }

Result<json> read_json(const char* text, std::size_t size) {
    auto parsed = parse_json({text, size}, json_bytes_max);
    if (!parsed && parsed.error().code == Errc::payload_too_large)
        return Error{Errc::commit_too_large, parsed.error().detail};
    return parsed;
}

const Divisions& divisions_of(const Phone& phone) {
    static const Divisions none;
    return phone.enrolment() ? phone.enrolment()->divisions : none;
}

json records_json(const Phone& phone, const std::vector<RecordView>& records) {
    json list = json::array();
    for (const RecordView& record : records) list.push_back(to_json(record, divisions_of(phone)));
    return {{"records", std::move(list)}};
}

json to_json(const OutboxStatus& outbox) {
    json held = json::array();
    for (const HeldNotice& notice : outbox.held) {
        const Errc reason = error_from_number(static_cast<int>(notice.reason)).value_or(Errc::internal);
        held.push_back({{"seq", notice.seq}, {"reason", error_name(reason)}, {"number", notice.reason}});
    }
    return {{"saved", outbox.saved},
            {"only_here", outbox.only_here},
            {"received", outbox.received},
            {"backed_up", outbox.backed_up},
            {"held", std::move(held)}};
}

Result<json> outbox_json(Phone& phone) {
    DOORSTEP_TRY_ASSIGN(const OutboxStatus outbox, phone.outbox());
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, phone.streams());
    json out = to_json(outbox);
    out["replica"] = phone.replica().hex();
    out["enrolled"] = phone.enrolment() != nullptr;
    json streams = json::array(), areas = json::array();
    for (const StreamMark& mark : marks)
        streams.push_back({{"area", mark.head.stream.area.text()},
                           {"position", mark.head.position},
                           {"digest", mark.head.digest.hex()}});
    out["streams"] = std::move(streams);
    if (const Enrolment* enrolment = phone.enrolment()) {
        for (const Area& area : enrolment->areas)
            areas.push_back({{"division", area.text()}, {"place", enrolment->divisions.place_name(area)}});
        out["author"] = enrolment->author;
        out["device"] = enrolment->device;
        out["server"] = enrolment->server;
    }
    out["areas"] = std::move(areas);
    return out;
}

/// The alternative that has the dot, or the wording given; and every write that there is to supersede.
Result<RecordEdit> resolution_edit(Phone& phone, const json& from) {
    const auto text = [&](const char* key) { return from.contains(key) && from[key].is_string(); };
    if (!from.is_object() || !text("id") || !text("field") || text("choose") == from.contains("value"))
        return Error{Errc::invalid_argument, "a decision has id, field, and either choose or value"};
    DOORSTEP_TRY_ASSIGN(const RecordId id, RecordId::from_hex(from["id"].get_ref<const std::string&>()));
    DOORSTEP_TRY_ASSIGN(const RecordView record, phone.read(id));
    const RecordSchema* schema = record_schema(record.type);
    const FieldSchema* field = schema ? schema->field(from["field"].get_ref<const std::string&>()) : nullptr;
    if (!field) return Error{Errc::unknown_field, "the record has no such field"};
    const FieldView* view = record.field(field->id);
    if (!view || !view->conflict) return Error{Errc::stale_decision, "the field awaits no decision"};
    FieldEdit edit{field->id, field->kind, Op::Action::put, Value::cleared(), std::vector<Dot>()};
    bool chosen = false;
    if (from.contains("value")) {
        DOORSTEP_TRY_ASSIGN(edit.value, value_from_json(*field, from["value"]));
        chosen = true;
    }
    for (const ValueView& alternative : view->values)
        for (const Dot& dot : alternative.dots) {
            edit.seen->push_back(dot);
            if (!text("choose") || text_of(dot) != from["choose"].get_ref<const std::string&>()) continue;
            edit.value = alternative.value;
            chosen = true;
        }
    if (!chosen) return Error{Errc::stale_decision, "no alternative has this dot now"};
    RecordEdit out;
    out.record = id;
    out.type = record.type;
    out.fields.push_back(std::move(edit));
    return out;
}

template <class Body>
ds_status answering(ds_phone* phone, ds_buf* out, ds_buf* why, Body&& body) noexcept {
    if (out) *out = {};
    return guarded(why, [&]() -> Status {
        if (!phone || !out) return null_argument();
        DOORSTEP_TRY_ASSIGN(const json value, body(*phone->phone));
        return put_json(out, value);
    });
}

}  // namespace

extern "C" {

void ds_buf_free(ds_buf* buf) {
    if (!buf) return;
    std::free(buf->data);
    *buf = {};
}

ds_status ds_check_version(uint32_t major, uint32_t minor) {
    return major == DS_VERSION_MAJOR && minor <= DS_VERSION_MINOR ? DS_OK : DS_ABI_VERSION;
}

const char* ds_error_name(ds_status code) {
    return error_name(error_from_number(code).value_or(Errc::internal)).data();  // rows are literals: they end in NUL
}

const char* ds_advice(ds_status code, const char* language) {
    const bool en = language && std::string_view(language) == "en";
    return error_advice(error_from_number(code).value_or(Errc::internal), en ? Language::en : Language::zh_cn).data();
}

ds_status ds_schema(ds_buf* out_json) {
    if (out_json) *out_json = {};
    return guarded(nullptr,
                   [&]() -> Status { return out_json ? put_json(out_json, schema_to_json()) : null_argument(); });
}

ds_status ds_open(const char* path, const uint8_t storage_key[32], const uint8_t entropy[32], int32_t create,
                  ds_phone** out, ds_buf* why) {
    if (out) *out = nullptr;
    return guarded(why, [&]() -> Status {
        if (!path || !storage_key || !entropy || !out) return null_argument();
        DatabaseOptions options;
        options.path = path;
        options.mode = create ? OpenMode::create : OpenMode::existing;
        std::copy_n(storage_key, options.key.size(), options.key.begin());
        EntropySeed seed;
        std::copy_n(entropy, seed.size(), seed.begin());
        DOORSTEP_TRY_ASSIGN(auto phone, Phone::open(options, seed));
        *out = new ds_phone{std::move(phone), std::nullopt};
        return ok();
    });
}

void ds_close(ds_phone* phone) { delete phone; }

ds_status ds_enrol_begin(ds_phone* phone, const char* code, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        if (!code) return null_argument();
        DOORSTEP_TRY_ASSIGN(const std::string token, p.enrolment_token());
        return json{{"code", code}, {"replica", p.replica().hex()}, {"token", token}};
    });
}

ds_status ds_enrol_finish(ds_phone* phone, const char* server, const char* certificate_pem, const uint8_t* answer,
                          size_t answer_size, ds_buf* why) {
    return guarded(why, [&]() -> Status {
        if (!phone || !server || !certificate_pem || !answer) return null_argument();
        DOORSTEP_TRY_ASSIGN(const json parsed,
                            parse_json({reinterpret_cast<const char*>(answer), answer_size}, json_bytes_max));
        DOORSTEP_TRY_ASSIGN(Enrolment enrolment, enrolment_from_json(parsed));
        DOORSTEP_TRY_ASSIGN(enrolment.token, phone->phone->enrolment_token());
        enrolment.server = server;
        enrolment.certificate_pem = certificate_pem;
        return phone->phone->enrol(enrolment);
    });
}

ds_status ds_connection(ds_phone* phone, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        const Enrolment* enrolment = p.enrolment();
        if (!enrolment) return Error{Errc::not_enrolled, "there is no server yet"};
        DOORSTEP_TRY_ASSIGN(const std::string own_token, p.enrolment_token());
        return json{{"server", enrolment->server},
                    {"keyed", enrolment->token != own_token},
                    {"certificate_pem", enrolment->certificate_pem},
                    {"authorization", enrolment->token.empty() ? std::string() : "Bearer " + enrolment->token},
                    {"sealing_key", enrolment->sealing_key}};
    });
}

ds_status ds_save(ds_phone* phone, int64_t now_ms, const char* text, size_t size, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        if (!text || now_ms < 0) return null_argument();
        DOORSTEP_TRY_ASSIGN(const json parsed, read_json(text, size));
        DOORSTEP_TRY_ASSIGN(const std::vector<RecordEdit> edits, edits_from_json(parsed));
        DOORSTEP_TRY_ASSIGN(const std::vector<RecordId> ids, p.save(edits, static_cast<std::uint64_t>(now_ms)));
        json list = json::array();
        for (const RecordId& id : ids) list.push_back(id.hex());
        return json{{"records", std::move(list)}};
    });
}

ds_status ds_read(ds_phone* phone, const char* id, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        if (!id) return null_argument();
        DOORSTEP_TRY_ASSIGN(const RecordId record, RecordId::from_hex(id));
        DOORSTEP_TRY_ASSIGN(const RecordView view, p.read(record));
        return to_json(view, divisions_of(p));
    });
}

ds_status ds_list(ds_phone* phone, const char* type, int32_t rows_max, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        const RecordSchema* schema = type ? record_schema(std::string_view(type)) : nullptr;
        if (type && !schema) return Error{Errc::invalid_argument, "no such record type"};
        if (rows_max < 1 || static_cast<std::size_t>(rows_max) > limits::list_rows_max)
            return Error{Errc::invalid_argument, "a list has 1 to " + std::to_string(limits::list_rows_max) + " rows"};
        DOORSTEP_TRY_ASSIGN(const auto records, p.list(schema ? schema->id : 0, static_cast<std::size_t>(rows_max)));
        return records_json(p, records);
    });
}

ds_status ds_conflicts(ds_phone* phone, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        DOORSTEP_TRY_ASSIGN(const auto records, p.conflicts(limits::list_rows_max));
        return records_json(p, records);
    });
}

ds_status ds_resolve(ds_phone* phone, int64_t now_ms, const char* text, size_t size, ds_buf* why) {
    return guarded(why, [&]() -> Status {
        if (!phone || !text || now_ms < 0) return null_argument();
        DOORSTEP_TRY_ASSIGN(const json parsed, read_json(text, size));
        DOORSTEP_TRY_ASSIGN(const RecordEdit edit, resolution_edit(*phone->phone, parsed));
        DOORSTEP_TRY(phone->phone->save({edit}, static_cast<std::uint64_t>(now_ms)));
        return ok();
    });
}

ds_status ds_history(ds_phone* phone, const char* id, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        if (!id) return null_argument();
        DOORSTEP_TRY_ASSIGN(const RecordId record, RecordId::from_hex(id));
        DOORSTEP_TRY_ASSIGN(const RecordView view, p.read(record));
        DOORSTEP_TRY_ASSIGN(const std::vector<HistoryEntry> entries, p.history(record));
        json list = json::array();
        for (const HistoryEntry& entry : entries) list.push_back(to_json(entry, record_schema(view.type)));
        return json{{"entries", std::move(list)}};
    });
}

ds_status ds_outbox(ds_phone* phone, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, outbox_json);
}

ds_status ds_verify(ds_phone* phone, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        DOORSTEP_TRY_ASSIGN(const Verification found, p.verify());
        return json{{"commits", found.commits},
                    {"records", found.records},
                    {"streams", found.streams},
                    {"state", found.state.hex()}};
    });
}

ds_status ds_maintain(ds_phone* phone, ds_buf* why) {
    return guarded(why, [&]() -> Status { return phone ? phone->phone->maintain() : null_argument(); });
}

ds_status ds_sync_begin(ds_phone* phone, ds_buf* out_request, ds_buf* why) {
    if (out_request) *out_request = {};
    return guarded(why, [&]() -> Status {
        if (!phone || !out_request) return null_argument();
        DOORSTEP_TRY_ASSIGN(const Bytes request, phone->phone->begin_sync());
        return put(out_request, request);
    });
}

ds_status ds_sync_continue(ds_phone* phone, int64_t now_ms, const uint8_t* answer, size_t answer_size,
                           ds_buf* out_request, ds_buf* why) {
    if (out_request) *out_request = {};
    return guarded(why, [&]() -> Status {
        if (!phone || !answer || !out_request || now_ms < 0) return null_argument();
        const BytesView bytes(reinterpret_cast<const char*>(answer), answer_size);
        DOORSTEP_TRY_ASSIGN(const auto next, phone->phone->continue_sync(bytes, static_cast<std::uint64_t>(now_ms)));
        return next ? put(out_request, *next) : ok();
    });
}

ds_status ds_hand_over(ds_phone* phone, int64_t after_seq, ds_buf* out_content, ds_buf* out_json, ds_buf* why) {
    if (out_content) *out_content = {};
    const ds_status status = answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        if (!out_content || after_seq < -1) return null_argument();
        std::optional<std::uint64_t> after;
        if (after_seq >= 0) after = static_cast<std::uint64_t>(after_seq);
        DOORSTEP_TRY_ASSIGN(const HandoverContent content, p.hand_over(after));
        if (!content.bytes.empty()) DOORSTEP_TRY(put(out_content, content.bytes));
        return json{{"from", content.after_seq + 1}, {"to", content.to_seq}, {"top", content.top_seq}};
    });
    if (status != DS_OK) ds_buf_free(out_content);
    return status;
}

ds_status ds_sync_report(ds_phone* phone, ds_buf* out_json, ds_buf* why) {
    return answering(phone, out_json, why, [&](Phone& p) -> Result<json> {
        const SyncReport& report = p.sync_report();
        return json{{"pushed", report.pushed_commits},   {"pulled", report.pulled_commits},
                    {"round_trips", report.round_trips}, {"streams_in_doubt", report.streams_in_doubt},
                    {"sent_bytes", report.sent_bytes},   {"received_bytes", report.received_bytes}};
    });
}

}  // extern "C"
