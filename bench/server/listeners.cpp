#include "bench/server/listeners.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <list>

#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// What is sent is always the same, since nobody here looks at what the server makes of the key.
std::string handshake_of(const std::string& token) {
    return "GET /api/v1/wake HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
           "Sec-WebSocket-Protocol: doorstep.wake.v1\r\nAuthorization: Bearer " +
           token + "\r\n\r\n";
}

struct Listener {
    Listener(asio::io_context& io, asio::ssl::context& tls) : stream(io, tls) {}
    asio::ssl::stream<tcp::socket> stream;
    std::array<char, 512> in{};

    error_code open(const tcp::endpoint& to, const std::string& token) {
        error_code ec;
        stream.next_layer().connect(to, ec);
        if (!ec) stream.handshake(asio::ssl::stream_base::client, ec);
        if (!ec) asio::write(stream, asio::buffer(handshake_of(token)), ec);
        const std::size_t read = ec ? 0 : stream.read_some(asio::buffer(in), ec);
        if (!ec && std::string_view(in.data(), read).find(" 101 ") == std::string_view::npos)
            ec = asio::error::connection_refused;
        return ec;
    }
};

}  // namespace

struct Listeners::Impl {
    asio::io_context io{1};
    asio::ssl::context tls{asio::ssl::context::tls_client};
    std::list<Listener> listeners;
};

Listeners::Listeners(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listeners::Listeners(Listeners&&) noexcept = default;
Listeners& Listeners::operator=(Listeners&&) noexcept = default;
Listeners::~Listeners() = default;

Result<Listeners> Listeners::open(std::uint16_t port, const std::vector<std::string>& tokens) {
    auto impl = std::make_unique<Impl>();
    const tcp::endpoint to(asio::ip::make_address_v4("127.0.0.1"), port);
    for (const std::string& token : tokens) {
        const error_code ec = impl->listeners.emplace_back(impl->io, impl->tls).open(to, token);
        if (ec) return Error{Errc::io, fmt::format("socket {}: {}", impl->listeners.size(), ec.message())};
    }
    return Listeners(std::move(impl));
}

Result<double> Listeners::wake(const std::function<Status()>& act, double patience_s) {
    std::size_t woken = 0, broken = 0;
    for (Listener& one : impl_->listeners)
        one.stream.async_read_some(asio::buffer(one.in), [&](error_code ec, std::size_t) { ++(ec ? broken : woken); });
    const double begun = wall_s();
    DOORSTEP_TRY(act());
    while (woken + broken < impl_->listeners.size() && wall_s() - begun < patience_s)
        impl_->io.run_one_for(std::chrono::milliseconds(100));
    const double took = wall_s() - begun;
    if (woken == impl_->listeners.size()) return took;
    return Error{Errc::io, fmt::format("{} of {} were woken", woken, impl_->listeners.size())};
}

}  // namespace doorstep::bench
