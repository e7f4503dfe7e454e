// tests/unit/server/net/running_server.hpp -- a real server on a free loopback port with a toy handler.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/api/feed.hpp"
#include "server/api/http.hpp"
#include "server/net/certificates.hpp"
#include "server/net/listener.hpp"
#include "tests/unit/server/net/temporary_folder.hpp"
#include "tests/unit/server/net/tls_client.hpp"

namespace doorstep::server {

/// Opens once.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        state_ = State::open;
        opened_.notify_all();
    }
    /// Whether it opened within `limit`.
    bool wait(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
        std::unique_lock lock(mutex_);
        return opened_.wait_for(lock, limit, [this] { return state_ == State::open; });
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    enum class State { shut, open } state_ = State::shut;
};

/// Says what a test put in, joined by '+' when it came up before the socket could be written to.
class ToyFeed final : public Feed {
public:
    Message take() override;
    void listen(std::function<void()> ring) override;
    void say(const std::string& text);
    void end();

private:
    std::mutex mutex_;
    std::function<void()> ring_;
    std::string text_;
    enum class State { going_on, over } state_ = State::going_on;
};

/// GET /hello; /at-once does not wait for the handler's thread; /feed opens a WebSocket on feed(); POST /upload takes
/// pieces of 100 bytes and refuses one with a '!'; POST /echo (at most 1,000 bytes), /soon (within 200 ms) and /big (1
/// MiB) answer their body; /wait answers once `go` opens; /throw, /throw-limit, /split, /status-99, /none, /close do
/// what they say.
class ToyHandler : public Handler {
public:
    RouteLimits limits(std::string_view method, std::string_view path) const override;
    std::optional<Reply> answer_at_once(const Request& request) const override;
    Reply handle(const Request& request) override;
    /// "METHOD path" of every request handled so far.
    std::vector<std::string> handled() const;
    std::optional<Request> last() const;
    /// "OFFSET+BYTES/WHOLE" of every piece of /upload.
    std::vector<std::string> pieces() const;
    /// The latest that was asked for; nullptr when its socket is gone.
    std::shared_ptr<ToyFeed> feed() const;

    Gate entered, go;  ///< of /wait

private:
    mutable std::mutex mutex_;
    std::vector<std::string> handled_, pieces_;
    std::optional<Request> last_;
    std::weak_ptr<ToyFeed> feed_;
};

class RunningServer {
public:
    /// `options` without certificate: the tests' own is filled in.
    explicit RunningServer(ListenOptions options = {});
    ~RunningServer();
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    std::unique_ptr<TlsClient> connect(const ClientOptions& options = {}) const;
    std::uint16_t port() const { return server_->port(); }
    /// Stops; whether run returned within `limit`.
    void stop() { server_->stop(); }
    bool ended(std::chrono::milliseconds limit) { return ended_.wait(limit); }
    std::vector<std::string> log() const;

    ToyHandler handler;

private:
    mutable std::mutex mutex_;
    std::vector<std::string> log_;
    Gate ended_;
    std::unique_ptr<HttpsServer> server_;
    std::thread thread_;
};

/// Made once a test run.
const DevCertificates& test_certificates();
/// The tests' certificate on any free port.
ListenOptions test_options();

/// A whole request; `lines` end in CRLF each.
std::string get(std::string_view target, std::string_view lines = "");
std::string post(std::string_view target, std::string_view body, std::string_view lines = "");

}  // namespace doorstep::server
