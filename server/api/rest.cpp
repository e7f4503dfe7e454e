#include "server/api/rest.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "json/record_json.hpp"
#include "json/strict_json.hpp"
#include "server/access/mask.hpp"
#include "server/api/form.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::string_view media = "application/json";
constexpr std::size_t body_bytes_max = 256 * 1024, key_bytes_max = 64, rows_max = 200, etag_digits = 32;

Error bad(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number out = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, out);
    if (fault != std::errc() || stop != end) return std::nullopt;
    return out;
}

/// "a", W/"a" or *, and several of them with commas between (RFC 9110, 13.1.2). Ours hold no comma.
bool names(std::string_view if_none_match, std::string_view etag) {
    while (!if_none_match.empty()) {
        const std::size_t end = std::min(if_none_match.find(','), if_none_match.size());
        std::string_view one = if_none_match.substr(0, end);
        if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
        const std::size_t first = one.find_first_not_of(' ');
        if (first == std::string_view::npos) continue;
        one = one.substr(first, one.find_last_not_of(' ') - first + 1);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == "*" || one == etag) return true;
    }
    return false;
}

bool is_key(std::string_view key) {
    return key.size() <= key_bytes_max && std::all_of(key.begin(), key.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_';
           });
}

}  // namespace

Status check_may(const RestRequest& asked, Relation relation, Purpose purpose) {
    if (policy().may(asked.session.role, asked.route, relation, purpose)) return ok();
    return Error{Errc::forbidden, "this role may not, or it reaches outside the account's areas"};
}

Result<ScopedRecord> record_for(Storage& storage, const RestRequest& asked, std::string_view id_hex) {
    const auto id = RecordId::from_hex(id_hex);
    if (!id) return Error{Errc::not_found, "no such record"};
    DOORSTEP_TRY_ASSIGN(ScopedRecord record, storage.read_within(id.value(), asked.session.scope));
    DOORSTEP_TRY(check_may(asked, record.relation));
    return record;
}

json seen_json(const RestRequest& asked, const ScopedRecord& record, const Divisions& divisions, Purpose purpose) {
    const Seeing how = seeing(policy(), asked.session.role, asked.route, record.relation, purpose);
    return to_json(seen(record.view, how), divisions);
}

Result<Purpose> purpose_in(const RestRequest& asked, const json& body) {
    DOORSTEP_TRY_ASSIGN(const std::string name, text_in(body, "purpose"));
    const auto purpose = purpose_named(name);
    if (!purpose || *purpose == Purpose::none) return bad("\"purpose\" says what it is for, such as handling");
    DOORSTEP_TRY(check_may(asked, Relation::own, *purpose));
    return *purpose;
}

std::vector<FieldClass> revealed_of(const RestRequest& asked, std::string_view reading, const RecordSchema& schema,
                                    Relation relation, Purpose purpose) {
    std::set<FieldClass> out;
    for (const FieldSchema& field : schema.fields) {
        const FieldClass what = policy().class_of(schema.id, field.id);
        const Actor role = asked.session.role;
        const Sight shown = policy().sight(role, asked.route, what, relation, purpose);
        if (shown > Sight::masked && shown > policy().sight(role, reading, what, relation, Purpose::none))
            out.insert(what);
    }
    return {out.begin(), out.end()};
}

Result<json> json_body(const Request& request, std::initializer_list<std::string_view> keys) {
    const std::string_view type = request.header("content-type");
    if (type.substr(0, type.find(';')) != media) return bad("Content-Type is to be application/json");
    DOORSTEP_TRY_ASSIGN(json out, parse_json(request.body, body_bytes_max));
    if (!out.is_object()) return bad("the body is to be a JSON object");
    for (const auto& [key, value] : out.items())
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
            return bad("there is a key too many; the API's description names those that are read");
    return out;
}

Result<std::string> text_in(const json& object, std::string_view key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return bad("\"" + std::string(key) + "\" is to be a string");
    return found->get<std::string>();
}

Result<std::vector<std::string>> texts_in(const json& object, std::string_view key) {
    const Error wrong = bad("\"" + std::string(key) + "\" is to be a list of strings");
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array()) return wrong;
    std::vector<std::string> out;
    for (const json& entry : *found) {
        if (!entry.is_string()) return wrong;
        out.push_back(entry.get<std::string>());
    }
    return out;
}

Result<Paging> paging_of(std::string_view query) {
    DOORSTEP_TRY_ASSIGN(const Form form, Form::parse(query));
    Paging out;
    if (const std::string_view limit = form.get("limit"); !limit.empty()) {
        const auto rows = number_in<std::size_t>(limit);
        if (!rows || *rows == 0 || *rows > rows_max) return bad("limit is a number from 1 to 200");
        out.rows_max = *rows;
    }
    if (const std::string_view cursor = form.get("cursor"); !cursor.empty()) {
        out.before = cursor.starts_with('c') ? number_in<std::int64_t>(cursor.substr(1)) : std::nullopt;
        if (!out.before) return bad("cursor is to be the \"next\" of the page before, as it was");
    }
    return out;
}

std::string cursor_text(std::int64_t before) { return "c" + std::to_string(before); }

Reply json_reply(int status, const json& body) {
    return {status, std::string(media), body.dump(), {{"Cache-Control", "no-store"}}};
}

Reply json_reply(const Request& request, const json& body) {
    Reply reply{200, std::string(media), body.dump(), {}};
    const std::string etag = "\"" + sha256(reply.body).hex().substr(0, etag_digits) + "\"";
    reply.headers = {{"ETag", etag}, {"Cache-Control", "private, no-cache"}};
    if (!names(request.header("if-none-match"), etag)) return reply;
    reply.status = 304;
    reply.body.clear();
    return reply;
}

Reply no_content() { return {204, std::string(media), {}, {{"Cache-Control", "no-store"}}}; }

Result<Reply> once(Storage& storage, const RestRequest& asked, const std::function<Result<Reply>()>& act) {
    const Request& request = asked.request;
    const std::uint64_t now_ms = asked.now_ms;
    const std::string_view key = request.header("idempotency-key");
    if (key.empty()) return act();
    if (!is_key(key)) return bad("Idempotency-Key is 1 to 64 letters, digits, '-' and '_'");
    const Hash kept_as = sha256(asked.session.staff + "\n" + std::string(key));
    const Hash sent = sha256(request.method + " " + request.path + "\n" + request.body);
    DOORSTEP_TRY_ASSIGN(const std::optional<KeptReply> kept, storage.kept_reply(kept_as, now_ms));
    if (kept && kept->request != sent)
        return Error{Errc::already_exists, "this Idempotency-Key came with another request; take a new one"};
    if (kept) {
        Reply reply{kept->status, std::string(media), kept->body, {{"Cache-Control", "no-store"}}};
        reply.headers.emplace_back("Idempotency-Replayed", "true");
        return reply;
    }
    Result<Reply> reply = Error{Errc::internal, "nothing was done"};
    Status both = ok();
    DOORSTEP_TRY(storage.together([&] {
        reply = act();
        if (reply && reply.value().status < 400)
            both = storage.keep_reply(kept_as, {sent, reply.value().status, reply.value().body}, now_ms);
    }));
    return both ? std::move(reply) : Result<Reply>(both.error());
}

}  // namespace doorstep::server
