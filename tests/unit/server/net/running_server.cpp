#include "tests/unit/server/net/running_server.hpp"

#include <stdexcept>

namespace doorstep::server {

std::size_t ToyHandler::body_bytes_max(std::string_view, std::string_view path) const {
    if (path == "/throw-limit") throw std::runtime_error("a case's text");
    return path == "/big" ? 1 << 20 : 1000;
}

Reply ToyHandler::handle(const Request& request) {
    {
        const std::lock_guard lock(mutex_);
        handled_.push_back(request.method + " " + request.path);
        last_ = request;
    }
    Reply reply;
    if (request.path == "/throw") throw std::runtime_error("a case's text");
    if (request.path == "/split") reply.headers.emplace_back("X-Note", "a\r\nSet-Cookie: stolen=1");
    if (request.path == "/status-99") reply.status = 99;
    if (request.path == "/none") reply.status = 204;
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

std::optional<Request> ToyHandler::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
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
