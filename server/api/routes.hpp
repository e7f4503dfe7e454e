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

}  // namespace doorstep::server
