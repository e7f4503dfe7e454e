#include "server/api/router.hpp"

#include <utility>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "server/api/import_rows.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/problem.hpp"
#include "server/api/routes.hpp"
#include "server/api/session_cookie.hpp"

namespace doorstep::server {
namespace {

/// together: what phones send all day, many at a time.
enum class Commits : std::uint8_t { alone, together };
struct Route {
    std::string_view method, path;  // {…}: a part that varies (path_pattern.hpp)
    RouteLimits limits;
    Result<Reply> (*answer)(Storage&, const Request&, std::uint64_t now_ms);
    Result<Reply> (*open)(Storage&, Wakes&, const Request&) = nullptr;  ///< instead: opens a WebSocket
    Commits commits = Commits::alone;
};

constexpr std::size_t form_bytes_max = 256 * 1024;  // a decision names at most superseded_max dots
constexpr std::size_t enrol_bytes_max = 4 * 1024;
// Who has not shown yet who he is gets less time than a phone on a bad line with work to send.
constexpr std::chrono::milliseconds stranger_time{3'000};
constexpr RouteLimits no_body;

constexpr Route routes[] = {
    {"GET", "/healthz", no_body, healthz},
    {"GET", "/readyz", no_body, readyz},
    {"POST", "/api/v1/enrol", {enrol_bytes_max, stranger_time}, enrol},
    {"POST", "/sync/v1", {sync_bytes_max}, sync, nullptr, Commits::together},
    {"GET", "/api/v1/wake", no_body, nullptr, wake},
    {"GET", "/api/v1/openapi.yaml", no_body, rest_description},
    {"POST", "/api/v1/session", {enrol_bytes_max, stranger_time}, rest_sign_in},
    {"GET", "/api/v1/session", no_body, rest_session},
    {"DELETE", "/api/v1/session", no_body, rest_sign_out},
    {"GET", "/api/v1/schema", no_body, rest_schema},
    {"GET", "/api/v1/divisions/{division}", no_body, rest_division},
    {"GET", "/api/v1/records", no_body, rest_records},
    {"GET", "/api/v1/records/{record}", no_body, rest_record},
    {"GET", "/api/v1/records/{record}/history", no_body, rest_history},
    {"GET", "/api/v1/records/{record}/parts", no_body, rest_parts},
    {"POST", "/api/v1/records/{record}/resolutions", {form_bytes_max}, rest_resolve},
    {"GET", "/api/v1/exports/{type}", no_body, rest_export},
    {"POST", "/api/v1/imports/{type}", {import_bytes_max}, rest_import},
    {"GET", "/api/v1/conflicts", no_body, rest_conflicts},
    {"POST", "/api/v1/moves", {form_bytes_max}, rest_move},
    {"GET", "/api/v1/held", no_body, rest_held},
    {"POST", "/api/v1/held/{dot}/{part}/release", no_body, rest_release},
    {"POST", "/api/v1/erasures", {form_bytes_max}, rest_erase},
    {"POST", "/api/v1/enrolments", {form_bytes_max}, rest_enrolment},
    {"POST", "/api/v1/regrants", {form_bytes_max}, rest_regrant},
    {"POST", "/api/v1/revocations", {form_bytes_max}, rest_revoke},
    {"GET", "/api/v1/purge-proofs", no_body, rest_purge_proofs},
    {"GET", "/office", no_body, office},
    {"GET", "/office/record", no_body, record},
    {"GET", "/office/login", no_body, login_page},
    {"POST", "/office/login", {form_bytes_max, stranger_time}, login},
    {"POST", "/office/logout", {form_bytes_max}, logout},
    {"POST", "/office/resolve", {form_bytes_max}, resolve},
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

constexpr std::string_view metrics_path = "/metrics";

}  // namespace

Router::Router(Storage& storage, RouterHost host, StaticFiles files)
    : storage_(storage), host_(std::move(host)), files_(std::move(files)), wakes_(storage) {
    storage_.set_listener(this);
}

std::vector<std::string> Router::routes() {
    std::vector<std::string> out;
    for (const Route& route : doorstep::server::routes)
        out.push_back(std::string(route.method) + " " + std::string(route.path));
    return out;
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
    if (request.path == metrics_path && request.method == "GET" && request.from == Request::From::this_machine)
        return Reply{
            200, "text/plain; version=0.0.4; charset=utf-8", metrics_.text(host_.load ? host_.load() : Load{}), {}};
    if (!methods_of(request.path).empty()) return std::nullopt;
    return files_.answer(request);
}

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

Reply Router::handle(const Request& request) {
    Reply reply = reply_to(request);
    beat();  // those who wait hear of it before the asker reads the answer
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
    return route->open ? route->open(storage_, wakes_, request) : route->answer(storage_, request, host_.now_ms());
}

/// A session's program that has run wild must not keep the database from phones.
std::optional<Reply> Router::too_often(const Request& request) {
    const std::string session = session_secret(request);
    if (session.empty()) return std::nullopt;
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
