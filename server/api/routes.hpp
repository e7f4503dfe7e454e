// server/api/routes.hpp -- one function a route. Each returns a Reply, or an Error that becomes problem+json.
#pragma once

#include "core/base/limits.hpp"
#include "core/base/result.hpp"
#include "server/api/form.hpp"
#include "server/api/http.hpp"
#include "server/api/wakes.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Of a phone's message, also once its coding is undone.
inline constexpr std::size_t sync_bytes_max = limits::message_bytes_max + 4 * limits::frame_bytes_max;

Reply healthy();
Result<Reply> healthz(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> readyz(Storage& storage, const Request& request, std::uint64_t now_ms);
// How a phone comes to be known by its key, and by its key to tokens: docs/sync-protocol.md.
Result<Reply> enrol_nonce(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> enrol(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> access_nonce(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> access(Storage& storage, const Request& request, std::uint64_t now_ms);

/// What a phone asks, once the router knows whose token came along and that the phone's role may ask it. Which areas it
/// may, the hub decides by the device's scope.
struct PhoneRequest {
    const Request& request;
    Device device;
    std::uint64_t now_ms = 0;
};
Result<Reply> access_key(Storage& storage, const PhoneRequest& asked);
Result<Reply> sync(Storage& storage, const PhoneRequest& asked);
/// Opens a WebSocket: docs/wake-protocol.md.
Result<Reply> wake(Wakes& wakes, const PhoneRequest& asked);

Result<Reply> login_page(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> login(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> activation_page(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> activate(Storage& storage, const Request& request, std::uint64_t now_ms);
/// Of the two that take a password: stretches it, for some tenth of a second, into the request. Any thread.
void prepare_password(const Hash& password_key, Request& request);
Result<Reply> office_style(Storage& storage, const Request& request, std::uint64_t now_ms);

/// What a member of staff asks, once the router knows that the account's role may ask it at all, and of a POST that the
/// form comes from a page of the session's own.
struct StaffRequest {
    const Request& request;
    StaffSession session;
    Form form;  ///< a GET's query, a POST's body
    std::uint64_t now_ms = 0;
};
Result<Reply> logout(Storage& storage, const StaffRequest& asked);
Result<Reply> office(Storage& storage, const StaffRequest& asked);
Result<Reply> record(Storage& storage, const StaffRequest& asked);
Result<Reply> resolve(Storage& storage, const StaffRequest& asked);
/// The record's page with what is masked on it, for a purpose; the audit has it first.
Result<Reply> reveal(Storage& storage, const StaffRequest& asked);
Result<Reply> audit_trail(Storage& storage, const StaffRequest& asked);
/// The accounts whose areas lie within the session's.
Result<Reply> staff(Storage& storage, const StaffRequest& asked);

inline constexpr std::string_view session_cookie = "__Host-session", browser_cookie = "__Host-browser";
inline constexpr std::string_view rest_session_path = "/api/v1/session";
inline constexpr std::string_view login_path = "/office/login", activation_path = "/office/activate";

/// What a program asks in the name of a member of staff, once the router knows that the account's role may ask it at
/// all, and of what changes something that it comes with the session's secret in X-CSRF-Token.
struct RestRequest : StaffRequest {
    std::string route;  ///< as the policy names it; the form is the query
};

// The JSON routes of /api/v1; server/api/openapi.yaml describes each.
Result<Reply> rest_description(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_schema(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_sign_in(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_session(Storage& storage, const RestRequest& asked);
Result<Reply> rest_sign_out(Storage& storage, const RestRequest& asked);
Result<Reply> rest_division(Storage& storage, const RestRequest& asked);
Result<Reply> rest_records(Storage& storage, const RestRequest& asked);
Result<Reply> rest_record(Storage& storage, const RestRequest& asked);
Result<Reply> rest_history(Storage& storage, const RestRequest& asked);
Result<Reply> rest_parts(Storage& storage, const RestRequest& asked);
Result<Reply> rest_export(Storage& storage, const RestRequest& asked);
Result<Reply> rest_import(Storage& storage, const RestRequest& asked);
Result<Reply> rest_follow_ups(Storage& storage, const RestRequest& asked);
Result<Reply> rest_conflicts(Storage& storage, const RestRequest& asked);
Result<Reply> rest_resolve(Storage& storage, const RestRequest& asked);
Result<Reply> rest_move(Storage& storage, const RestRequest& asked);
Result<Reply> rest_enrolment(Storage& storage, const RestRequest& asked);
Result<Reply> rest_waiting(Storage& storage, const RestRequest& asked);
Result<Reply> rest_confirm(Storage& storage, const RestRequest& asked);
Result<Reply> rest_regrant(Storage& storage, const RestRequest& asked);
Result<Reply> rest_revoke(Storage& storage, const RestRequest& asked);
Result<Reply> rest_purge_proofs(Storage& storage, const RestRequest& asked);
Result<Reply> rest_held(Storage& storage, const RestRequest& asked);
Result<Reply> rest_release(Storage& storage, const RestRequest& asked);
Result<Reply> rest_erase(Storage& storage, const RestRequest& asked);
Result<Reply> rest_reveal(Storage& storage, const RestRequest& asked);
Result<Reply> rest_attachments(Storage& storage, const RestRequest& asked);
Result<Reply> rest_attachment(Storage& storage, const RestRequest& asked);
/// Uploads of attachments, by the tus protocol: server/api/tus.hpp.
Result<Reply> tus_options(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> tus_create(Storage& storage, const RestRequest& asked);
Result<Reply> tus_head(Storage& storage, const RestRequest& asked);
Result<Reply> tus_patch(Storage& storage, const RestRequest& asked);
Result<Reply> tus_terminate(Storage& storage, const RestRequest& asked);
Result<Reply> rest_export_revealed(Storage& storage, const RestRequest& asked);

}  // namespace doorstep::server
