// /api/v1: what the office decides beside records: phones, held parts, erasures.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "json/record_json.hpp"
#include "server/access/mask.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::uint64_t ms_a_second = 1000;
constexpr std::size_t held_max = 10'000;
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

bool lies_in(const Scope& scope, const Area& area) {
    return std::any_of(scope.areas.begin(), scope.areas.end(), [&](const Area& mine) { return mine.contains(area); });
}

/// Who administers some areas gives nobody others. Errors: forbidden.
Status check_grants(const RestRequest& asked, const Scope& scope) {
    DOORSTEP_TRY(check_may(asked, Relation::own));
    const bool inside = std::all_of(scope.areas.begin(), scope.areas.end(),
                                    [&](const Area& area) { return lies_in(asked.session.scope, area); });
    return inside ? ok() : Status(Error{Errc::forbidden, "an area lies outside the account's own"});
}

/// The phones that an act is about must be of the account's areas. Errors: not_found.
Status check_phones(Storage& storage, const RestRequest& asked, const std::string& author, const std::string& label) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Device> devices, storage.devices(author, label));
    const bool all = std::all_of(devices.begin(), devices.end(),
                                 [&](const Device& device) { return bool(check_grants(asked, device.scope)); });
    return all ? ok() : Status(Error{Errc::not_found, "no phone of this person has the label"});
}

}  // namespace

Result<Reply> rest_division(Storage& storage, const RestRequest& asked) {
    const auto area = Area::parse(path_part(asked.request.path, division_part));
    if (!area || area.value().grid != 0 || !storage.divisions().exists(area.value().division))
        return Error{Errc::not_found, "no such division"};
    json below = json::array();
    for (const Division& row : storage.divisions().rows()) {
        const Area other{row.code};
        const std::vector<Area> above = areas_above(other);
        if (!above.empty() && above.back() == area.value())
            below.push_back({{"code", other.text()}, {"name", row.name}});
    }
    return json_reply(asked.request, {{"code", area.value().text()},
                                      {"place", storage.divisions().place_name(area.value())},
                                      {"below", std::move(below)}});
}

/// No Idempotency-Key: the answer holds a secret, and secrets are not kept.
Result<Reply> rest_enrolment(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body, json_body(asked.request, {"author", "role", "label", "areas", "restricted",
                                                                   "sealed", "ttl_s"}));
    Device device;
    DOORSTEP_TRY_ASSIGN(device.author, text_in(body, "author"));
    DOORSTEP_TRY_ASSIGN(device.role, text_in(body, "role"));
    DOORSTEP_TRY_ASSIGN(device.label, text_in(body, "label"));
    DOORSTEP_TRY_ASSIGN(device.scope, scope_in(body));
    DOORSTEP_TRY(check_grants(asked, device.scope));
    std::uint64_t ttl_ms = limits::enrolment_ms_max;
    if (body.contains("ttl_s")) {
        const json& ttl = body["ttl_s"];
        if (!ttl.is_number_unsigned() || ttl.get<std::uint64_t>() > limits::enrolment_ms_max / ms_a_second)
            return bad("\"ttl_s\" is a number of seconds, 600 at most");
        ttl_ms = ttl.get<std::uint64_t>() * ms_a_second;
    }
    DOORSTEP_TRY_ASSIGN(const EnrolmentCode code, storage.create_enrolment(device, ttl_ms, asked.now_ms));
    return json_reply(201, {{"code", code.text}, {"expires_ms", code.expires_ms}});
}

/// Those whose areas all lie within the session's.
Result<Reply> rest_waiting(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const std::vector<WaitingPhone> waiting, storage.waiting_phones(asked.now_ms));
    json items = json::array();
    for (const WaitingPhone& phone : waiting) {
        if (!check_grants(asked, phone.device.scope)) continue;
        items.push_back({{"author", phone.device.author},
                         {"label", phone.device.label},
                         {"role", phone.device.role},
                         {"digits", phone.digits},
                         {"begun_ms", phone.begun_ms}});
    }
    return json_reply(asked.request, {{"items", std::move(items)}});
}

/// No Idempotency-Key: what was confirmed waits no longer.
Result<Reply> rest_confirm(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body, json_body(asked.request, {"author", "label", "digits"}));
    Confirmation word;
    DOORSTEP_TRY_ASSIGN(word.author, text_in(body, "author"));
    DOORSTEP_TRY_ASSIGN(word.label, text_in(body, "label"));
    DOORSTEP_TRY_ASSIGN(word.digits, text_in(body, "digits"));
    DOORSTEP_TRY_ASSIGN(const std::vector<WaitingPhone> waiting, storage.waiting_phones(asked.now_ms));
    const bool theirs = std::all_of(waiting.begin(), waiting.end(), [&](const WaitingPhone& phone) {
        return phone.device.author != word.author || phone.device.label != word.label ||
               check_grants(asked, phone.device.scope);
    });
    if (!theirs) return Error{Errc::not_found, "no phone of this person waits under the label"};
    DOORSTEP_TRY(storage.confirm_phone(word, asked.session.staff, asked.now_ms));
    return no_content();
}

Result<Reply> rest_regrant(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body,
                        json_body(asked.request, {"author", "label", "areas", "restricted", "sealed"}));
    DOORSTEP_TRY_ASSIGN(const std::string author, text_in(body, "author"));
    DOORSTEP_TRY_ASSIGN(const std::string label, text_in(body, "label"));
    DOORSTEP_TRY_ASSIGN(const Scope scope, scope_in(body));
    DOORSTEP_TRY(check_grants(asked, scope));
    return once(storage, asked, [&]() -> Result<Reply> {
        DOORSTEP_TRY(check_phones(storage, asked, author, label));
        DOORSTEP_TRY(storage.regrant(author, label, scope, asked.now_ms));
        return no_content();
    });
}

Result<Reply> rest_revoke(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body, json_body(asked.request, {"author", "label"}));
    DOORSTEP_TRY_ASSIGN(const std::string author, text_in(body, "author"));
    DOORSTEP_TRY_ASSIGN(const std::string label, text_in(body, "label"));
    return once(storage, asked, [&]() -> Result<Reply> {
        DOORSTEP_TRY(check_phones(storage, asked, author, label));
        DOORSTEP_TRY(storage.revoke(author, label, asked.now_ms));
        return no_content();
    });
}

Result<Reply> rest_purge_proofs(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const Paging paging, paging_of(asked.request.query));
    DOORSTEP_TRY_ASSIGN(const std::vector<PurgeProof> proofs, storage.purge_proofs(paging.rows_max));
    json items = json::array();
    for (const PurgeProof& proof : proofs)
        if (lies_in(asked.session.scope, proof.stream.area))
            items.push_back(
                {{"replica", proof.replica.hex()}, {"area", proof.stream.area.text()}, {"told_ms", proof.told_ms}});
    return json_reply(asked.request, {{"items", std::move(items)}});
}

/// The words as the session sees the fields that they were meant for.
Result<Reply> rest_held(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const Paging paging, paging_of(asked.request.query));
    DOORSTEP_TRY_ASSIGN(const std::vector<ScopedHeld> held, storage.held_within(paging.rows_max, asked.session.scope));
    const Seeing how = seeing(policy(), asked.session.role, asked.route, Relation::own, Purpose::none);
    json items = json::array();
    for (const ScopedHeld& part : held) {
        json words = json::array();
        for (const ScopedHeld::Word& word : part.words) {
            const FieldSight sight = how(word.record_type, word.field);
            const Value shown = seen(word.value, sight.what, sight.sight);
            if (!shown.as_text().empty()) words.push_back(std::string(shown.as_text()));
        }
        items.push_back({{"dot", text_of(part.held.dot)},
                         {"part", part.held.part},
                         {"reason", error_name(part.held.reason)},
                         {"author", part.trace.author},
                         {"time_ms", part.trace.wall_ms},
                         {"words", std::move(words)}});
    }
    return json_reply(asked.request, {{"items", std::move(items)}});
}

Result<Reply> rest_release(Storage& storage, const RestRequest& asked) {
    const auto dot = dot_from_text(path_part(asked.request.path, dot_part));
    if (!dot) return Error{Errc::not_found, "no such held part"};
    DOORSTEP_TRY_ASSIGN(const std::uint32_t part, part_number(path_part(asked.request.path, part_part)));
    DOORSTEP_TRY(check_may(asked, Relation::own));
    return once(storage, asked, [&]() -> Result<Reply> {
        DOORSTEP_TRY_ASSIGN(const std::vector<ScopedHeld> held, storage.held_within(held_max, asked.session.scope));
        const bool theirs = std::any_of(held.begin(), held.end(), [&](const ScopedHeld& one) {
            return one.held.dot == dot.value() && one.held.part == part;
        });
        if (!theirs) return Error{Errc::not_found, "no such held part"};
        DOORSTEP_TRY(storage.release(dot.value(), part, asked.session.staff, asked.now_ms));
        return no_content();
    });
}

/// No Idempotency-Key: what was erased is answered already_exists.
Result<Reply> rest_erase(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const json body, json_body(asked.request, {"dot", "area", "rule", "ordered_by"}));
    ErasureOrder order;
    DOORSTEP_TRY_ASSIGN(const std::string dot, text_in(body, "dot"));
    DOORSTEP_TRY_ASSIGN(order.dot, dot_from_text(dot));
    DOORSTEP_TRY_ASSIGN(const std::string area, text_in(body, "area"));
    DOORSTEP_TRY_ASSIGN(order.stream.area, Area::parse(area));
    DOORSTEP_TRY_ASSIGN(order.rule, text_in(body, "rule"));
    DOORSTEP_TRY_ASSIGN(order.ordered_by, text_in(body, "ordered_by"));
    if (!asked.session.scope.covers(order.stream)) return Error{Errc::not_found, "no such part"};
    DOORSTEP_TRY(check_may(asked, Relation::own));
    DOORSTEP_TRY_ASSIGN(const ErasureReport report, storage.erase(order, asked.session.staff, asked.now_ms));
    json records = json::array(), repeats = json::array();
    for (const RecordId& record : report.records) records.push_back(record.hex());
    for (const ErasureReport::Repeat& repeat : report.repeats)
        if (asked.session.scope.covers(repeat.stream))
            repeats.push_back(
                {{"dot", text_of(repeat.dot)}, {"area", repeat.stream.area.text()}, {"author", repeat.author}});
    return json_reply(201,
                      {{"act", report.act.hex()}, {"records", std::move(records)}, {"repeats", std::move(repeats)}});
}

}  // namespace doorstep::server
