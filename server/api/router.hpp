// server/api/router.hpp -- which path means what, and who may ask. No Asio here: requests and replies are values.
#pragma once

#include <functional>

#include "server/api/http.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Where time and the log come from.
struct RouterHost {
    std::function<std::uint64_t()> now_ms;
    /// Called for failures of our own; never with case data.
    std::function<void(const Error&, std::string_view path)> on_failure;
};

/// Routes:
///   GET  /healthz            200 "ok", the only one without identity beside the two that establish one
///   POST /api/v1/enrol       a one-time code for a device's access
///   POST /sync/v1            frames of core/sync; Authorization: Bearer <token>
///   GET  /office             the office's page; a session cookie, or a redirect to sign in
///   GET  /office/record?id=  every write to one record
///   …    /office/login, /office/logout, POST /office/resolve, GET /office/style.css
class Router final : public Handler {
public:
    Router(Storage& storage, RouterHost host) : storage_(storage), host_(std::move(host)) {}
    std::size_t body_bytes_max(std::string_view method, std::string_view path) const override;
    Reply handle(const Request& request) override;
    bool may_go_together(std::string_view method, std::string_view path) const override;
    std::vector<Reply> handle_together(const std::vector<Request>& requests) override;

private:
    Storage& storage_;
    RouterHost host_;
};

}  // namespace doorstep::server
