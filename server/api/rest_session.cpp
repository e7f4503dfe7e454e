// /api/v1/session: signing in and out; and what anybody may ask of the API itself.
#include <nlohmann/json.hpp>

#include "json/record_json.hpp"
#include "server/api/openapi.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"
#include "server/api/sign_in.hpp"

namespace doorstep::server {
namespace {

nlohmann::json to_json(const StaffSession& session) {
    nlohmann::json areas = nlohmann::json::array();
    for (const Area& area : session.scope.areas) areas.push_back(area.text());
    return {
        {"staff", session.staff}, {"csrf", session.csrf}, {"role", name_of(session.role)}, {"areas", std::move(areas)}};
}

}  // namespace

/// The password was stretched before (prepare_password).
Result<Reply> rest_sign_in(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const nlohmann::json body, json_body(request, {"name", "password", "code"}));
    DOORSTEP_TRY_ASSIGN(const std::string name, text_in(body, "name"));
    DOORSTEP_TRY(text_in(body, "password"));
    DOORSTEP_TRY_ASSIGN(const std::string code, text_in(body, "code"));
    DOORSTEP_TRY_ASSIGN(const SignedIn in, sign_in(storage, request, name, code, now_ms));
    DOORSTEP_TRY_ASSIGN(const StaffSession session, storage.session(in.session, now_ms));
    Reply reply = json_reply(201, to_json(session));
    add_cookies(reply, in);
    return reply;
}

Result<Reply> rest_session(Storage&, const RestRequest& asked) { return json_reply(200, to_json(asked.session)); }

Result<Reply> rest_sign_out(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY(storage.sign_out(session_secret(asked.request), asked.now_ms));
    return no_content();
}

Result<Reply> rest_description(Storage&, const Request&, std::uint64_t) {
    return Reply{200, "application/yaml", std::string(openapi_yaml()), {}};
}

Result<Reply> rest_schema(Storage&, const Request& request, std::uint64_t) {
    return json_reply(request, schema_to_json());
}

}  // namespace doorstep::server
