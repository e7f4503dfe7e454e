// /api/v1/session: signing in and out; and the description of all these routes.
#include <nlohmann/json.hpp>

#include "server/api/openapi.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"
#include "server/api/session_cookie.hpp"

namespace doorstep::server {
namespace {

nlohmann::json to_json(const StaffSession& session) { return {{"staff", session.staff}, {"csrf", session.csrf}}; }

}  // namespace

Result<Reply> rest_sign_in(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const nlohmann::json body, json_body(request, {"token"}));
    DOORSTEP_TRY_ASSIGN(const std::string token, text_in(body, "token"));
    DOORSTEP_TRY_ASSIGN(const std::string secret, storage.sign_in(token, now_ms));
    DOORSTEP_TRY_ASSIGN(const StaffSession session, storage.session(secret, now_ms));
    Reply reply = json_reply(201, to_json(session));
    reply.headers.push_back(session_cookie(secret));
    return reply;
}

Result<Reply> rest_session(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, reader_of(storage, request, now_ms));
    return json_reply(200, to_json(session));
}

Result<Reply> rest_sign_out(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY(actor_of(storage, request, now_ms));
    DOORSTEP_TRY(storage.sign_out(session_secret(request)));
    return no_content();
}

Result<Reply> rest_description(Storage&, const Request&, std::uint64_t) {
    return Reply{200, "application/yaml", std::string(openapi_yaml()), {}};
}

}  // namespace doorstep::server
