#include "bench/server/bare_beast.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <cstdio>

namespace doorstep::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve(tcp::socket socket, asio::ssl::context& tls, const std::string& body) {
    beast::ssl_stream<beast::tcp_stream> stream(beast::tcp_stream(std::move(socket)), tls);
    auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, awaiting);
    beast::flat_buffer buffer;
    while (!refused) {
        http::request<http::string_body> request;
        auto [unread, read] = co_await http::async_read(stream, buffer, request, awaiting);
        if (unread) break;
        http::response<http::string_body> answer(http::status::ok, 11);
        answer.set(http::field::content_type, "application/json");
        answer.body() = body;
        answer.prepare_payload();
        auto [unsent, wrote] = co_await http::async_write(stream, answer, awaiting);
        if (unsent) break;
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, asio::ssl::context& tls, const std::string& body) {
    for (;;) {
        auto [failed, socket] = co_await acceptor.async_accept(awaiting);
        if (failed) co_return;
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), tls, body), asio::detached);
    }
}

}  // namespace

Status serve_bare(const std::string& certificate_pem, const std::string& key_pem, const std::string& body) {
    asio::ssl::context tls(asio::ssl::context::tls_server);
    boost::system::error_code unusable, no_key;
    tls.use_certificate_chain_file(certificate_pem, unusable);
    tls.use_private_key_file(key_pem, asio::ssl::context::pem, no_key);
    if (unusable || no_key) return Error{Errc::bad_configuration, "the certificate or its key cannot be used"};
    asio::io_context io(1);
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    std::printf("listening on https://127.0.0.1:%d\n", static_cast<int>(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    asio::co_spawn(io, accept(acceptor, tls, body), asio::detached);
    io.run();
    return ok();
}

}  // namespace doorstep::bench
