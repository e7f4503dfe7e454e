#include "tests/unit/server/net/running_server.hpp"

#include <stdexcept>
#include <utility>

namespace doorstep::server {

Feed::Message ToyFeed::take() {
    const std::lock_guard lock(mutex_);
    if (state_ == State::over) return Over{"over"};
    if (text_.empty()) return Nothing{};
    return Text{std::exchange(text_, {})};
}

void ToyFeed::listen(std::function<void()> ring) {
    const std::lock_guard lock(mutex_);
    ring_ = std::move(ring);
}

void ToyFeed::say(const std::string& text) {
    const std::lock_guard lock(mutex_);
    text_ += (text_.empty() ? "" : "+") + text;
    if (ring_) ring_();
}

void ToyFeed::end() {
    const std::lock_guard lock(mutex_);
    state_ = State::over;
    if (ring_) ring_();
}

RouteLimits ToyHandler::limits(std::string_view, std::string_view path) const {
    if (path == "/throw-limit") throw std::runtime_error("a case's text");
    if (path == "/soon") return {1000, std::chrono::milliseconds(200)};
    if (path == "/upload") return {1000, std::nullopt, 100};
    return {path == "/big" ? std::size_t{1} << 20 : std::size_t{1000}};
}

std::optional<Reply> ToyHandler::answer_at_once(const Request& request) const {
    if (request.path == "/at-once-throw") throw std::runtime_error("a case's text");
    if (request.path != "/at-once") return std::nullopt;
    return Reply{200, "text/plain; charset=utf-8", "at once", {}};
}

Reply ToyHandler::handle(const Request& request) {
    {
        const std::lock_guard lock(mutex_);
        handled_.push_back(request.method + " " + request.path);
        last_ = request;
        if (request.path == "/upload")
            pieces_.push_back(std::to_string(request.body_offset) + "+" + std::to_string(request.body.size()) + "/" +
                              std::to_string(request.body_bytes));
    }
    Reply reply;
    if (request.path == "/throw") throw std::runtime_error("a case's text");
    if (request.path == "/upload" && request.body.find('!') != std::string::npos) reply.status = 409;
    if (request.path == "/split") reply.headers.emplace_back("X-Note", "a\r\nSet-Cookie: stolen=1");
    if (request.path == "/status-99") reply.status = 99;
    if (request.path == "/none") reply.status = 204;
    if (request.path == "/feed") {
        const auto feed = std::make_shared<ToyFeed>();
        const std::lock_guard lock(mutex_);
        feed_ = feed;
        reply.status = 101;
        reply.headers.emplace_back("Sec-WebSocket-Protocol", "toy");
        reply.feed = feed;
        return reply;
    }
    if (request.path == "/pieces" || request.path == "/broken-pieces" || request.path == "/throwing-pieces") {
        reply.body = "one ";
        reply.more = [path = request.path, n = 0]() mutable -> Result<std::optional<std::string>> {
            ++n;
            if (n == 1) return std::optional<std::string>("two ");
            if (n == 2) return std::optional<std::string>("");  // nothing yet
            if (path == "/broken-pieces") return Error{Errc::io, "a disk"};
            if (path == "/throwing-pieces") throw std::runtime_error("a case's text");
            return n == 3 ? std::optional<std::string>(std::string(100'000, 'x')) : std::nullopt;
        };
        return reply;
    }
    if (request.path == "/wait") {
        entered.open();
        go.wait();
    }
    reply.body = request.method == "POST" ? request.body : "hello " + request.path;
    return reply;
}

std::vector<std::string> ToyHandler::handled() const {
    const std::lock_guard lock(mutex_);
    return handled_;
}

std::vector<std::string> ToyHandler::pieces() const {
    const std::lock_guard lock(mutex_);
    return pieces_;
}

std::optional<Request> ToyHandler::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

std::shared_ptr<ToyFeed> ToyHandler::feed() const {
    const std::lock_guard lock(mutex_);
    return feed_.lock();
}

RunningServer::RunningServer(ListenOptions options) {
    if (options.certificate_pem_path.empty()) {
        options.certificate_pem_path = test_certificates().server_pem;
        options.key_pem_path = test_certificates().server_key;
    }
    options.log = [this](std::string_view line) {
        const std::lock_guard lock(mutex_);
        log_.emplace_back(line);
    };
    auto listening = HttpsServer::listen(options, handler);
    if (!listening) throw std::runtime_error(listening.error().detail);
    server_ = std::move(listening).value();
    thread_ = std::thread([this] {
        server_->run();
        ended_.open();
    });
}

RunningServer::~RunningServer() {
    handler.go.open();
    server_->stop();
    thread_.join();
}

std::unique_ptr<TlsClient> RunningServer::connect(const ClientOptions& options) const {
    return TlsClient::connect(port(), test_certificates().ca_pem, options);
}

std::vector<std::string> RunningServer::log() const {
    const std::lock_guard lock(mutex_);
    return log_;
}

const DevCertificates& test_certificates() {
    static const TemporaryFolder folder;
    static const DevCertificates made = ensure_development_certificates(folder.path()).value();
    return made;
}

ListenOptions test_options() {
    ListenOptions options;
    options.certificate_pem_path = test_certificates().server_pem;
    options.key_pem_path = test_certificates().server_key;
    return options;
}

std::string get(std::string_view target, std::string_view lines) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(lines) + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view lines) {
    return "POST " + std::string(target) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(lines) + "\r\n" + std::string(body);
}

}  // namespace doorstep::server
