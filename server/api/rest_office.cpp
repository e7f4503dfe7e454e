// /api/v1: what the office decides beside records: phones, held parts, erasures.
#include <charconv>
#include <nlohmann/json.hpp>

#include "json/record_json.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::uint64_t ms_a_second = 1000;
constexpr std::size_t division_part = 3, dot_part = 3, part_part = 4;  // of their paths

Error bad(const char* what) { return {Errc::invalid_argument, what}; }

Result<std::uint32_t> part_number(std::string_view text) {
    std::uint32_t out = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, out);
    if (fault != std::errc() || stop != end) return Error{Errc::not_found, "no such held part"};
    return out;
}

/// {"areas":["341222101202"],"restricted":true,"sealed":["<record>"]}
Result<Scope> scope_in(const json& body) {
    Scope out;
    DOORSTEP_TRY_ASSIGN(const std::vector<std::string> areas, texts_in(body, "areas"));
    for (const std::string& text : areas) {
        DOORSTEP_TRY_ASSIGN(const Area area, Area::parse(text));
        out.areas.push_back(area);
    }
    if (body.contains("restricted")) {
        if (!body["restricted"].is_boolean()) return bad("\"restricted\" is true or false");
        if (body["restricted"].get<bool>()) out.restricted = Scope::Restricted::yes;
    }
    if (body.contains("sealed")) {
        DOORSTEP_TRY_ASSIGN(const std::vector<std::string> matters, texts_in(body, "sealed"));
        for (const std::string& text : matters) {
            DOORSTEP_TRY_ASSIGN(const RecordId matter, RecordId::from_hex(text));
            out.sealed.push_back(matter);
        }
    }
    return out;
}

}  // namespace

Result<Reply> rest_division(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY(reader_of(storage, request, now_ms));
    const auto area = Area::parse(path_part(request.path, division_part));
    if (!area || area.value().grid != 0 || !storage.divisions().exists(area.value().division))
        return Error{Errc::not_found, "no such division"};
    json below = json::array();
    for (const Division& row : storage.divisions().rows()) {
        const Area other{row.code};
        const std::vector<Area> above = areas_above(other);
        if (!above.empty() && above.back() == area.value())
            below.push_back({{"code", other.text()}, {"name", row.name}});
    }
    return json_reply(request, {{"code", area.value().text()},
                                {"place", storage.divisions().place_name(area.value())},
                                {"below", std::move(below)}});
}

/// No Idempotency-Key: the answer holds a secret, and secrets are not kept.
Result<Reply> rest_enrolment(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY(actor_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const json body,
                        json_body(request, {"author", "role", "label", "areas", "restricted", "sealed", "ttl_s"}));
    Device device;
    DOORSTEP_TRY_ASSIGN(device.author, text_in(body, "author"));
    DOORSTEP_TRY_ASSIGN(device.role, text_in(body, "role"));
    DOORSTEP_TRY_ASSIGN(device.label, text_in(body, "label"));
    DOORSTEP_TRY_ASSIGN(device.scope, scope_in(body));
    std::uint64_t ttl_ms = limits::enrolment_ms_max;
    if (body.contains("ttl_s")) {
        const json& ttl = body["ttl_s"];
        if (!ttl.is_number_unsigned() || ttl.get<std::uint64_t>() > limits::enrolment_ms_max / ms_a_second)
            return bad("\"ttl_s\" is a number of seconds, 600 at most");
        ttl_ms = ttl.get<std::uint64_t>() * ms_a_second;
    }
    DOORSTEP_TRY_ASSIGN(const EnrolmentCode code, storage.create_enrolment(device, ttl_ms, now_ms));
    return json_reply(201, {{"code", code.text}, {"expires_ms", code.expires_ms}});
}

Result<Reply> rest_regrant(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, actor_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const json body, json_body(request, {"author", "label", "areas", "restricted", "sealed"}));
    DOORSTEP_TRY_ASSIGN(const std::string author, text_in(body, "author"));
    DOORSTEP_TRY_ASSIGN(const std::string label, text_in(body, "label"));
    DOORSTEP_TRY_ASSIGN(const Scope scope, scope_in(body));
    return once(storage, request, session, now_ms, [&]() -> Result<Reply> {
        DOORSTEP_TRY(storage.regrant(author, label, scope, now_ms));
        return no_content();
    });
}

Result<Reply> rest_revoke(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, actor_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const json body, json_body(request, {"author", "label"}));
    DOORSTEP_TRY_ASSIGN(const std::string author, text_in(body, "author"));
    DOORSTEP_TRY_ASSIGN(const std::string label, text_in(body, "label"));
    return once(storage, request, session, now_ms, [&]() -> Result<Reply> {
        DOORSTEP_TRY(storage.revoke(author, label, now_ms));
        return no_content();
    });
}

Result<Reply> rest_purge_proofs(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY(reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const Paging paging, paging_of(request.query));
    DOORSTEP_TRY_ASSIGN(const std::vector<PurgeProof> proofs, storage.purge_proofs(paging.rows_max));
    json items = json::array();
    for (const PurgeProof& proof : proofs)
        items.push_back(
            {{"replica", proof.replica.hex()}, {"area", proof.stream.area.text()}, {"told_ms", proof.told_ms}});
    return json_reply(request, {{"items", std::move(items)}});
}

Result<Reply> rest_held(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY(reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const Paging paging, paging_of(request.query));
    DOORSTEP_TRY_ASSIGN(const std::vector<HeldView> held, storage.held(paging.rows_max));
    json items = json::array();
    for (const HeldView& view : held)
        items.push_back({{"dot", text_of(view.held.dot)},
                         {"part", view.held.part},
                         {"reason", error_name(view.held.reason)},
                         {"author", view.trace.author},
                         {"time_ms", view.trace.wall_ms},
                         {"area", view.area},
                         {"words", view.words}});
    return json_reply(request, {{"items", std::move(items)}});
}

Result<Reply> rest_release(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, actor_of(storage, request, now_ms));
    const auto dot = dot_from_text(path_part(request.path, dot_part));
    if (!dot) return Error{Errc::not_found, "no such held part"};
    DOORSTEP_TRY_ASSIGN(const std::uint32_t part, part_number(path_part(request.path, part_part)));
    return once(storage, request, session, now_ms, [&]() -> Result<Reply> {
        DOORSTEP_TRY(storage.release(dot.value(), part, now_ms));
        return no_content();
    });
}

/// No Idempotency-Key: what was erased is answered already_exists.
Result<Reply> rest_erase(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, actor_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const json body, json_body(request, {"dot", "area", "rule", "ordered_by"}));
    ErasureOrder order;
    DOORSTEP_TRY_ASSIGN(const std::string dot, text_in(body, "dot"));
    DOORSTEP_TRY_ASSIGN(order.dot, dot_from_text(dot));
    DOORSTEP_TRY_ASSIGN(const std::string area, text_in(body, "area"));
    DOORSTEP_TRY_ASSIGN(order.stream.area, Area::parse(area));
    DOORSTEP_TRY_ASSIGN(order.rule, text_in(body, "rule"));
    DOORSTEP_TRY_ASSIGN(order.ordered_by, text_in(body, "ordered_by"));
    DOORSTEP_TRY_ASSIGN(const ErasureReport report, storage.erase(order, session.staff, now_ms));
    json records = json::array(), repeats = json::array();
    for (const RecordId& record : report.records) records.push_back(record.hex());
    for (const ErasureReport::Repeat& repeat : report.repeats)
        repeats.push_back(
            {{"dot", text_of(repeat.dot)}, {"area", repeat.stream.area.text()}, {"author", repeat.author}});
    return json_reply(201,
                      {{"act", report.act.hex()}, {"records", std::move(records)}, {"repeats", std::move(repeats)}});
}

}  // namespace doorstep::server
