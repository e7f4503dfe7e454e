#include "bench/server/load.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>

#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

struct Load {
    asio::io_context io{1};
    asio::ssl::context tls{asio::ssl::context::tls_client};
    LoadResult result;
};

/// Answers come in full before the next request goes.
class Connection {
public:
    Connection(Load& load, const Client& client) : load_(load), client_(client), stream_(load.io, load.tls) {}

    error_code connect(const tcp::endpoint& to) {
        error_code ec;
        stream_.next_layer().connect(to, ec);
        if (!ec) stream_.next_layer().set_option(tcp::no_delay(true), ec);
        if (!ec) stream_.handshake(asio::ssl::stream_base::client, ec);
        return ec;
    }
    void send() {
        if (next_ == client_.requests) return;
        const std::string_view body = client_.body(next_);
        out_ = client_.head;
        if (!body.empty()) out_ += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        out_ += "\r\n";
        out_ += body;
        sent_at_ = wall_s();
        asio::async_write(stream_, asio::buffer(out_), [this](error_code ec, std::size_t) { ec ? fail() : receive(); });
    }

private:
    void receive() {
        parser_.emplace();
        parser_->body_limit(64 << 20);
        http::async_read(stream_, in_, *parser_, [this](error_code ec, std::size_t) { ec ? fail() : take(); });
    }
    void take() {
        load_.result.latencies_ms.push_back((wall_s() - sent_at_) * 1000);
        const auto& answer = parser_->get();
        if (!client_.is_right(next_, answer.result_int(), answer.body())) ++load_.result.wrong;
        ++next_;
        send();
    }
    /// What is left of its requests is wrong.
    void fail() { load_.result.wrong += client_.requests - next_; }

    Load& load_;
    const Client& client_;
    asio::ssl::stream<tcp::socket> stream_;
    boost::beast::flat_buffer in_;
    std::optional<http::response_parser<http::string_body>> parser_;
    std::string out_;
    std::size_t next_ = 0;
    double sent_at_ = 0;
};

}  // namespace

Result<LoadResult> run_load(std::uint16_t port, const std::vector<Client>& clients,
                            const std::function<void()>& connected) {
    Load load;
    std::vector<std::unique_ptr<Connection>> connections;
    const tcp::endpoint to(asio::ip::address_v4::loopback(), port);
    for (const Client& client : clients) {
        connections.push_back(std::make_unique<Connection>(load, client));
        if (const error_code ec = connections.back()->connect(to)) return Error{Errc::io, ec.message()};
    }
    connected();
    const double begun = wall_s();
    for (const auto& connection : connections) connection->send();
    load.io.run();
    load.result.wall_s = wall_s() - begun;
    return std::move(load.result);
}

}  // namespace doorstep::bench
