// server/api/router.hpp -- which path means what, and who may ask. No Asio here: requests and replies are values.
#pragma once

#include <functional>

#include "server/api/http.hpp"
#include "server/api/metrics.hpp"
#include "server/api/rate_limit.hpp"
#include "server/api/static_files.hpp"
#include "server/api/wakes.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Where time and the log come from.
struct RouterHost {
    std::function<std::uint64_t()> now_ms;
    /// Called for failures of our own; never with case data.
    std::function<void(const Error&, std::string_view path)> on_failure;
    /// Called some times a second on the storage's thread, for what no request brings about.
    std::function<void()> on_beat = {};
    std::function<Load()> load = {};            ///< what net holds, for /metrics and /healthz; any thread
    std::function<std::string()> metrics = {};  ///< further lines for /metrics; any thread
};

/// Routes; who may ask which is in server/access/policy.csv:
///   GET  /healthz            200 "ok": the process answers and its database's thread is not stuck
///   GET  /readyz             200 "ready": the database can be read
///   GET  /metrics            counters for Prometheus; for this machine alone, otherwise as if it were not there
///   POST /api/v1/enrol…      a one-time code and a key for a device's access
///   POST /api/v1/access…     a proof of that key for a token
///   POST /sync/v1            frames of core/sync; Authorization: Bearer <token>
///   GET  /api/v1/wake        a WebSocket that says what has changed; the same Authorization
///   …    /api/v1/…           JSON for the office: server/api/openapi.yaml describes each
///   GET  /office             the office's page; a session cookie, or a redirect to sign in
///   GET  /office/record?id=  every write to one record
///   POST /office/reveal      the same with what is masked on it, for a purpose that is written down
///   GET  /office/audit       what was written down
///   GET  /office/staff       the accounts, for who keeps them
///   …    /office/activate     an invitation's token becomes a password and an authenticator app's secret
///   …    /office/login, /office/logout, POST /office/resolve, GET /office/style.css
///   GET  …                   files of the web apps, at any path that is none of these
class Router final : public Handler, private ChangeListener {
public:
    Router(Storage& storage, RouterHost host, StaticFiles files = {});
    ~Router() override;
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;
    RouteLimits limits(std::string_view method, std::string_view path) const override;
    std::optional<Reply> answer_at_once(const Request& request) const override;
    bool must_prepare(std::string_view method, std::string_view path) const override;
    void prepare(Request& request) const override;
    Reply handle(const Request& request) override;
    bool may_go_together(std::string_view method, std::string_view path) const override;
    std::vector<Reply> handle_together(const std::vector<Request>& requests) override;
    void on_reply(const Replied& replied) override;
    void beat() override;

    /// "METHOD /path" of all of them, ascending; "GET (files)" stands for the web apps' files.
    static std::vector<std::string> routes();

private:
    void on_changes(const Changes& changes) override;
    Reply reply_to(const Request& request);
    Result<Reply> answer(const Request& request);
    std::optional<Reply> too_often(const Request& request);

    Storage& storage_;
    RouterHost host_;
    const StaticFiles files_;
    const Hash password_key_;
    Wakes wakes_;
    Metrics metrics_;
    RateLimit rate_{RateLimit::Rate{}};                             // of each session
    enum class Telling { works, fails } telling_ = Telling::works;  // so that an episode of failure is logged once
};

}  // namespace doorstep::server
