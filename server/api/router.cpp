#include "server/api/router.hpp"

#include "core/base/limits.hpp"
#include "server/api/problem.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

/// together: what phones send all day, many at a time.
enum class Commits : std::uint8_t { alone, together };
struct Route {
    std::string_view method, path;
    std::size_t body_bytes_max;
    Result<Reply> (*answer)(Storage&, const Request&, std::uint64_t now_ms);
    Commits commits = Commits::alone;
};

constexpr std::size_t form_bytes_max = 256 * 1024;  // a decision names at most superseded_max dots
constexpr std::size_t enrol_bytes_max = 4 * 1024;

constexpr Route routes[] = {
    {"GET", "/healthz", 0, healthz},
    {"POST", "/api/v1/enrol", enrol_bytes_max, enrol},
    {"POST", "/sync/v1", sync_bytes_max, sync, Commits::together},
    {"GET", "/office", 0, office},
    {"GET", "/office/record", 0, record},
    {"GET", "/office/login", 0, login_page},
    {"POST", "/office/login", form_bytes_max, login},
    {"POST", "/office/logout", form_bytes_max, logout},
    {"POST", "/office/resolve", form_bytes_max, resolve},
    {"GET", "/office/style.css", 0, office_style},
};

const Route* find(std::string_view method, std::string_view path) {
    for (const Route& route : routes)
        if (route.method == method && route.path == path) return &route;
    return nullptr;
}

/// The methods a path answers to, such as "GET, POST"; "" when the path is not known.
std::string methods_of(std::string_view path) {
    std::string out;
    for (const Route& route : routes)
        if (route.path == path) out += (out.empty() ? "" : ", ") + std::string(route.method);
    return out;
}

}  // namespace

std::size_t Router::body_bytes_max(std::string_view method, std::string_view path) const {
    const Route* route = find(method, path);
    return route ? route->body_bytes_max : 0;
}

bool Router::may_go_together(std::string_view method, std::string_view path) const {
    const Route* route = find(method, path);
    return route && route->commits == Commits::together;
}

std::vector<Reply> Router::handle_together(const std::vector<Request>& requests) {
    if (requests.size() == 1) return {handle(requests.front())};
    std::vector<Reply> replies;
    const Status durable = storage_.together([&] {
        for (const Request& request : requests) replies.push_back(handle(request));
    });
    if (durable) return replies;
    host_.on_failure(durable.error(), requests.front().path);
    return std::vector<Reply>(requests.size(), problem(durable.error()));
}

Reply Router::handle(const Request& request) {
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
    auto reply = route->answer(storage_, request, host_.now_ms());
    if (reply) return std::move(reply).value();
    if (http_status(reply.error().code) >= 500) host_.on_failure(reply.error(), request.path);
    return problem(reply.error());
}

}  // namespace doorstep::server
