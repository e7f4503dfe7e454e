#include "server/api/router.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "server/access/policy.hpp"
#include "server/api/html.hpp"
#include "server/api/import_rows.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/problem.hpp"
#include "server/api/routes.hpp"
#include "server/api/sign_in.hpp"
#include "server/api/tus.hpp"

namespace doorstep::server {
namespace {

/// together: what phones send all day, many at a time.
enum class Commits : std::uint8_t { alone, together };
// What a route asks for first: nothing, a phone's token (the last of these opens a WebSocket), or a session.
using Answer = Result<Reply> (*)(Storage&, const Request&, std::uint64_t now_ms);
using PhoneAnswer = Result<Reply> (*)(Storage&, const PhoneRequest&);
using PhoneOpening = Result<Reply> (*)(Wakes&, const PhoneRequest&);
using StaffAnswer = Result<Reply> (*)(Storage&, const StaffRequest&);
using RestAnswer = Result<Reply> (*)(Storage&, const RestRequest&);
struct Route {
    std::string_view method, path;  // {…}: a part that varies (path_pattern.hpp)
    RouteLimits limits;
    std::variant<Answer, PhoneAnswer, PhoneOpening, StaffAnswer, RestAnswer> answer;
    Commits commits = Commits::alone;

    std::string name() const { return std::string(method) + " " + std::string(path); }
};

constexpr std::size_t form_bytes_max = 256 * 1024;  // a decision names at most superseded_max dots
constexpr std::size_t enrol_bytes_max = 4 * 1024, sign_in_bytes_max = 4 * 1024;
// Who has not shown yet who he is gets less time than a phone on a bad line with work to send.
constexpr std::chrono::milliseconds stranger_time{3'000};
constexpr RouteLimits no_body;
constexpr std::string_view health_path = "/healthz";
// At one piece of work: then who asks for our health waits for his turn too, which tells it.
constexpr std::chrono::seconds stuck_after{2};
// As much as a client likes to send at once; 1 MiB of it is in memory, and is durable some tens of ms after it came.
constexpr RouteLimits upload_limits{limits::blob_bytes_max, std::nullopt, 1024 * 1024};

constexpr Route routes[] = {
    {"GET", health_path, no_body, healthz},
    {"GET", "/readyz", no_body, readyz},
    {"POST", "/api/v1/enrol/nonce", {enrol_bytes_max, stranger_time}, enrol_nonce},
    {"POST", "/api/v1/enrol", {enrol_bytes_max, stranger_time}, enrol},
    {"POST", "/api/v1/access/nonce", {enrol_bytes_max, stranger_time}, access_nonce},
    {"POST", "/api/v1/access", {enrol_bytes_max, stranger_time}, access},
    {"POST", "/api/v1/access/key", {enrol_bytes_max, stranger_time}, access_key},
    {"POST", "/sync/v1", {sync_bytes_max}, sync, Commits::together},
    {"GET", "/api/v1/wake", no_body, wake},
    {"GET", "/api/v1/openapi.yaml", no_body, rest_description},
    {"POST", rest_session_path, {sign_in_bytes_max, stranger_time}, rest_sign_in},
    {"GET", rest_session_path, no_body, rest_session},
    {"DELETE", rest_session_path, no_body, rest_sign_out},
    {"GET", "/api/v1/schema", no_body, rest_schema},
    {"GET", "/api/v1/divisions/{division}", no_body, rest_division},
    {"GET", "/api/v1/records", no_body, rest_records},
    {"GET", "/api/v1/records/{record}", no_body, rest_record},
    {"GET", "/api/v1/records/{record}/history", no_body, rest_history},
    {"GET", "/api/v1/records/{record}/parts", no_body, rest_parts},
    {"POST", "/api/v1/records/{record}/reveals", {form_bytes_max}, rest_reveal},
    {"POST", "/api/v1/records/{record}/resolutions", {form_bytes_max}, rest_resolve},
    {"GET", "/api/v1/records/{record}/attachments", no_body, rest_attachments},
    {"GET", "/api/v1/records/{record}/attachments/{attachment}", no_body, rest_attachment},
    {"OPTIONS", uploads_path, no_body, tus_options},
    {"POST", uploads_path, no_body, tus_create},
    {"HEAD", "/api/v1/attachments/{upload}", no_body, tus_head},
    {"PATCH", "/api/v1/attachments/{upload}", upload_limits, tus_patch},
    {"DELETE", "/api/v1/attachments/{upload}", no_body, tus_terminate},
    {"GET", "/api/v1/exports/{type}", no_body, rest_export},
    {"POST", "/api/v1/exports/{type}", {form_bytes_max}, rest_export_revealed},
    {"POST", "/api/v1/imports/{type}", {import_bytes_max}, rest_import},
    {"GET", "/api/v1/follow-ups", no_body, rest_follow_ups},
    {"GET", "/api/v1/conflicts", no_body, rest_conflicts},
    {"POST", "/api/v1/moves", {form_bytes_max}, rest_move},
    {"GET", "/api/v1/held", no_body, rest_held},
    {"POST", "/api/v1/held/{dot}/{part}/release", no_body, rest_release},
    {"POST", "/api/v1/erasures", {form_bytes_max}, rest_erase},
    {"GET", "/api/v1/enrolments", no_body, rest_waiting},
    {"POST", "/api/v1/enrolments", {form_bytes_max}, rest_enrolment},
    {"POST", "/api/v1/confirmations", {form_bytes_max}, rest_confirm},
    {"POST", "/api/v1/regrants", {form_bytes_max}, rest_regrant},
    {"POST", "/api/v1/revocations", {form_bytes_max}, rest_revoke},
    {"GET", "/api/v1/purge-proofs", no_body, rest_purge_proofs},
    {"GET", "/office", no_body, office},
    {"GET", "/office/record", no_body, record},
    {"GET", login_path, no_body, login_page},
    {"POST", login_path, {sign_in_bytes_max, stranger_time}, login},
    {"GET", activation_path, no_body, activation_page},
    {"POST", activation_path, {sign_in_bytes_max, stranger_time}, activate},
    {"POST", "/office/logout", {form_bytes_max}, logout},
    {"POST", "/office/resolve", {form_bytes_max}, resolve},
    {"POST", "/office/reveal", {form_bytes_max}, reveal},
    {"GET", "/office/audit", no_body, audit_trail},
    {"GET", "/office/staff", no_body, staff},
    {"GET", "/office/style.css", no_body, office_style},
};

const Route* find(std::string_view method, std::string_view path) {
    for (const Route& route : routes)
        if (route.method == method && matches(route.path, path)) return &route;
    return nullptr;
}

/// The methods a path answers to, such as "GET, POST"; "" when the path is not known.
std::string methods_of(std::string_view path) {
    std::string out;
    for (const Route& route : routes)
        if (matches(route.path, path)) out += (out.empty() ? "" : ", ") + std::string(route.method);
    return out;
}

constexpr std::string_view metrics_path = "/metrics", metrics_name = "GET /metrics", files_name = "GET (files)";

const Error may_not{Errc::forbidden, "the policy does not let this role do that"};

/// Errors: forbidden when nobody may without an identity.
Status check_stranger(const Route& route) {
    return policy().may_ever(Actor::stranger, route.name()) ? ok() : Status(may_not);
}

/// The token comes first: who has none learns nothing, not even whether the message was well-formed. Errors:
/// unauthorized, forbidden.
Result<PhoneRequest> phone_request(Storage& storage, const Route& route, const Request& request, std::uint64_t now_ms) {
    constexpr std::string_view bearer = "Bearer ";
    const std::string_view authorization = request.header("authorization");
    if (!authorization.starts_with(bearer))
        return Error{Errc::unauthorized, "Authorization: Bearer <token> is missing"};
    DOORSTEP_TRY_ASSIGN(Device device, storage.authenticate(std::string(authorization.substr(bearer.size())), now_ms));
    if (!policy().may(phone_of_role(device.role), route.name(), Relation::own, Purpose::handling)) return may_not;
    return PhoneRequest{request, std::move(device), now_ms};
}

/// Whether what is asked about is the asker's own is for the route. Errors: unauthorized, forbidden.
Result<StaffRequest> staff_request(Storage& storage, const Route& route, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(StaffSession session, storage.session(session_secret(request), now_ms));
    if (!policy().may_ever(session.role, route.name())) return may_not;
    const bool acts = request.method != "GET";
    DOORSTEP_TRY_ASSIGN(Form form, Form::parse(acts ? request.body : request.query));
    if (acts && form.get("csrf") != session.csrf)
        return Error{Errc::forbidden, "the form does not come from this session's page"};
    return StaffRequest{request, std::move(session), std::move(form), now_ms};
}

/// The same of a program. Errors: unauthorized, forbidden, invalid_argument of the query.
Result<RestRequest> rest_request(Storage& storage, const Route& route, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(StaffSession session, storage.session(session_secret(request), now_ms));
    if (!policy().may_ever(session.role, route.name())) return may_not;
    const bool acts = request.method != "GET" && request.method != "HEAD";
    if (acts && request.header("x-csrf-token") != session.csrf)
        return Error{Errc::forbidden, "X-CSRF-Token is not this session's; GET /api/v1/session tells it"};
    DOORSTEP_TRY_ASSIGN(Form form, Form::parse(request.query));
    return RestRequest{{request, std::move(session), std::move(form), now_ms}, route.name()};
}

/// What the staff reads stays in no cache. Who looks and has no session is asked to sign in.
Result<Reply> answer_staff(Storage& storage, const Route& route, StaffAnswer answer, const Request& request,
                           std::uint64_t now_ms) {
    const auto asked = staff_request(storage, route, request, now_ms);
    if (!asked && asked.error().code == Errc::unauthorized && request.method == "GET") return redirect(login_path);
    if (!asked) return asked.error();
    DOORSTEP_TRY_ASSIGN(Reply reply, answer(storage, asked.value()));
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

}  // namespace

Router::Router(Storage& storage, RouterHost host, StaticFiles files)
    : storage_(storage),
      host_(std::move(host)),
      files_(std::move(files)),
      password_key_(storage.password_key()),
      wakes_(storage) {
    storage_.set_listener(this);
}

Router::~Router() { storage_.set_listener(nullptr); }

void Router::on_changes(const Changes& changes) {
    metrics_.count_parts(changes.parts);
    wakes_.on_changes(changes);
}

void Router::on_reply(const Replied& replied) {
    std::string_view name = "other";  // whatever else was asked for is not named: it may hold anything
    if (const Route* route = find(replied.method, replied.path))
        name = route->path;
    else if (files_.has(replied.path))
        name = "files";
    else if (replied.path == metrics_path)
        name = metrics_path;
    else if (replied.path.empty())
        name = "refused";
    metrics_.count_reply(name, replied.status, replied.took);
}

RouteLimits Router::limits(std::string_view method, std::string_view path) const {
    const Route* route = find(method, path);
    return route ? route->limits : RouteLimits{};
}

std::optional<Reply> Router::answer_at_once(const Request& request) const {
    const Actor asker = request.from == Request::From::this_machine ? Actor::machine : Actor::stranger;
    if (request.path == metrics_path && request.method == "GET" && policy().may_ever(asker, metrics_name)) {
        std::string lines = metrics_.text(host_.load ? host_.load() : Load{});
        if (host_.metrics) lines += host_.metrics();
        return Reply{200, "text/plain; version=0.0.4; charset=utf-8", std::move(lines), {}};
    }
    const bool is_stuck = host_.load && host_.load().at_work_for > stuck_after;
    if (request.path == health_path && request.method == "GET" && !is_stuck) return healthy();
    if (!methods_of(request.path).empty() || !policy().may_ever(asker, files_name)) return std::nullopt;
    return files_.answer(request);
}

bool Router::must_prepare(std::string_view method, std::string_view path) const {
    return method == "POST" && (path == login_path || path == activation_path || path == rest_session_path);
}

void Router::prepare(Request& request) const { prepare_password(password_key_, request); }

bool Router::may_go_together(std::string_view method, std::string_view path) const {
    const Route* route = find(method, path);
    return route && route->commits == Commits::together;
}

std::vector<Reply> Router::handle_together(const std::vector<Request>& requests) {
    std::vector<Reply> replies;
    const Status durable = storage_.together([&] {
        for (const Request& request : requests) replies.push_back(reply_to(request));
    });
    beat();
    if (durable) return replies;
    host_.on_failure(durable.error(), requests.front().path);
    return std::vector<Reply>(requests.size(), problem(durable.error()));
}

/// Those who wait hear of what was written before the asker reads the answer.
Reply Router::handle(const Request& request) {
    Reply reply = reply_to(request);
    if (request.method != "GET") beat();
    return reply;
}

Reply Router::reply_to(const Request& request) {
    auto reply = answer(request);
    if (reply) return std::move(reply).value();
    if (http_status(reply.error().code) >= 500) host_.on_failure(reply.error(), request.path);
    return problem(reply.error());
}

Result<Reply> Router::answer(const Request& request) {
    const Route* route = find(request.method, request.path);
    if (!route) {
        Reply reply = problem({Errc::not_found, "no such route"});
        const std::string allowed = methods_of(request.path);
        if (!allowed.empty()) {
            reply.status = 405;
            reply.headers.emplace_back("Allow", allowed);
        }
        return reply;
    }
    if (auto refused = too_often(request)) return std::move(*refused);
    const std::uint64_t now_ms = host_.now_ms();
    if (const auto* anyone = std::get_if<Answer>(&route->answer)) {
        DOORSTEP_TRY(check_stranger(*route));
        return (*anyone)(storage_, request, now_ms);
    }
    DOORSTEP_TRY(storage_.catch_up());  // a session or a write of a moment ago may be another server's
    if (const auto* staff = std::get_if<StaffAnswer>(&route->answer))
        return answer_staff(storage_, *route, *staff, request, now_ms);
    if (const auto* rest = std::get_if<RestAnswer>(&route->answer)) {
        DOORSTEP_TRY_ASSIGN(const RestRequest asked, rest_request(storage_, *route, request, now_ms));
        return (*rest)(storage_, asked);
    }
    DOORSTEP_TRY_ASSIGN(const PhoneRequest asked, phone_request(storage_, *route, request, now_ms));
    if (const auto* open = std::get_if<PhoneOpening>(&route->answer)) return (*open)(wakes_, asked);
    return std::get<PhoneAnswer>(route->answer)(storage_, asked);
}

std::vector<std::string> Router::routes() {
    std::vector<std::string> out{std::string(metrics_name), std::string(files_name)};
    for (const Route& route : doorstep::server::routes) out.push_back(route.name());
    std::sort(out.begin(), out.end());
    return out;
}

/// A session's program that has run wild must not keep the database from phones.
std::optional<Reply> Router::too_often(const Request& request) {
    const std::string session = session_secret(request);
    if (session.empty() || request.body_offset > 0) return std::nullopt;  // a further piece is no further request
    const std::uint64_t wait_ms = rate_.ask(sha256(session), host_.now_ms());
    if (wait_ms == 0) return std::nullopt;
    Reply reply = problem({Errc::too_many_attempts, "this session asks too often; wait as long as Retry-After says"});
    reply.headers.emplace_back("Retry-After", std::to_string((wait_ms + 999) / 1000));
    return reply;
}

void Router::beat() {
    const Status told = storage_.tell_changes();
    const auto before = std::exchange(telling_, told ? Telling::works : Telling::fails);
    if (!told && before == Telling::works) host_.on_failure(told.error(), "changes");
    if (host_.on_beat) host_.on_beat();
}

}  // namespace doorstep::server
