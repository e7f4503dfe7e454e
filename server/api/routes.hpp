// server/api/routes.hpp -- one function a route. Each returns a Reply, or an Error that becomes problem+json.
#pragma once

#include "core/base/limits.hpp"
#include "core/base/result.hpp"
#include "server/api/http.hpp"
#include "server/api/wakes.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Of a phone's message, also once its coding is undone.
inline constexpr std::size_t sync_bytes_max = limits::message_bytes_max + 4 * limits::frame_bytes_max;

Result<Reply> healthz(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> readyz(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> enrol(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> sync(Storage& storage, const Request& request, std::uint64_t now_ms);
/// Opens a WebSocket: docs/wake-protocol.md.
Result<Reply> wake(Storage& storage, Wakes& wakes, const Request& request);

Result<Reply> login_page(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> login(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> logout(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> office(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> record(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> resolve(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> office_style(Storage& storage, const Request& request, std::uint64_t now_ms);

// The JSON routes of /api/v1; server/api/openapi.yaml describes each.
Result<Reply> rest_description(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_sign_in(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_session(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_sign_out(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_schema(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_division(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_records(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_record(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_history(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_parts(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_export(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_import(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_conflicts(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_resolve(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_move(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_enrolment(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_regrant(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_revoke(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_purge_proofs(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_held(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_release(Storage& storage, const Request& request, std::uint64_t now_ms);
Result<Reply> rest_erase(Storage& storage, const Request& request, std::uint64_t now_ms);

}  // namespace doorstep::server
