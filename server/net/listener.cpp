#include "server/net/listener.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "server/net/handler_thread.hpp"
#include "server/net/places.hpp"
#include "server/net/tls_context.hpp"
#include "server/net/worker.hpp"

namespace doorstep::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);

/// One descriptor held back. When the process has none left, giving it up lets one waiting connection be accepted
/// and closed, so that its peer learns of it instead of hanging in the kernel's queue.
class ReserveDescriptor {
public:
    ReserveDescriptor() { take(); }
    ~ReserveDescriptor() { give_up(); }
    ReserveDescriptor(const ReserveDescriptor&) = delete;
    ReserveDescriptor& operator=(const ReserveDescriptor&) = delete;
    void take() {
        if (descriptor_ < 0) descriptor_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    void give_up() {
        if (descriptor_ >= 0) ::close(descriptor_);
        descriptor_ = -1;
    }

private:
    int descriptor_ = -1;
};

bool is_shortage(const error_code& ec) {
    return ec == asio::error::no_descriptors || ec == boost::system::errc::too_many_files_open_in_system ||
           ec == asio::error::no_buffer_space || ec == asio::error::no_memory;
}

Error cannot_listen(const ListenOptions& options, const error_code& ec) {
    const std::string where = options.address + ", port " + std::to_string(options.port);
    const Errc code = ec == asio::error::address_in_use ? Errc::address_in_use : Errc::bad_configuration;
    return Error{code, "cannot listen on " + where + ": " + ec.message()};
}

}  // namespace

/// Accepts on run's thread and hands each socket to the next worker in turn.
/// Members stand in the order of their need: a worker destroys its last connections, so what a connection uses is
/// declared before the workers. The handler's thread posts to them, so it is stopped before anything is destroyed.
struct HttpsServer::Impl {
    enum class State { serving, stopping };

    Impl(const ListenOptions& given, Handler& handler)
        : options(given),
          tls(given.certificate_pem_path, given.key_pem_path),
          places(given.connections_max),
          places_beyond(given.turned_away_max),
          handler_thread(handler, options.requests_waiting_max, options.log) {
        const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
        for (std::size_t i = 0; i < (options.threads > 0 ? options.threads : cores); ++i)
            workers.push_back(std::make_unique<Worker>(options, handler, handler_thread, tls));
    }
    ~Impl() {
        handler_thread.stop();
        for (const auto& worker : workers) worker->stop();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void log(std::string_view line) const {
        if (options.log) options.log(line);
    }
    error_code bind(const asio::ip::address& address);
    void accept_connections();
    asio::awaitable<void> accept_loop();
    void take(tcp::socket socket, Worker& worker);
    void shed_one();
    void heed_signals();
    void await_stop_signal();
    void await_reload_signal();
    void await_certificate_look();
    void reload_certificate();
    void stop_gracefully();
    void finish();

    const ListenOptions options;
    TlsContexts tls;
    Places places, places_beyond;
    HandlerThread handler_thread;
    ReserveDescriptor reserve;
    std::uint16_t port = 0;
    State state = State::serving;
    enum class Room { enough, short_of_it } room = Room::enough;  ///< so that an episode of shortage is logged once
    std::vector<std::unique_ptr<Worker>> workers;
    std::size_t next_worker = 0, draining_workers = 0;
    asio::io_context io{1};  // 1: one thread runs it
    tcp::acceptor acceptor{io};
    asio::steady_timer accept_pause{io};
    asio::steady_timer certificate_look{io};
    asio::steady_timer stop_deadline{io};
    asio::signal_set stop_signals{io}, reload_signal{io};
};

error_code HttpsServer::Impl::bind(const asio::ip::address& address) {
    const tcp::endpoint endpoint(address, options.port);
    error_code ec;
    if (acceptor.open(endpoint.protocol(), ec); ec) return ec;
    if (acceptor.set_option(tcp::acceptor::reuse_address(true), ec); ec) return ec;
    if (acceptor.non_blocking(true, ec); ec) return ec;  // for shed_one
    if (acceptor.bind(endpoint, ec); ec) return ec;
    if (acceptor.listen(tcp::acceptor::max_listen_connections, ec); ec) return ec;
    port = acceptor.local_endpoint(ec).port();
    return ec;
}

void HttpsServer::Impl::accept_connections() {
    asio::co_spawn(io, accept_loop(), [this](const std::exception_ptr& failure) {
        if (!failure || state == State::stopping) return;
        log("accepting connections failed by an exception; starting again");
        accept_connections();
    });
}

asio::awaitable<void> HttpsServer::Impl::accept_loop() {
    while (state == State::serving) {
        Worker& worker = *workers[next_worker];
        auto [ec, socket] = co_await acceptor.async_accept(worker.io(), awaiting);
        if (state == State::stopping) co_return;
        if (!ec) {
            next_worker = (next_worker + 1) % workers.size();
            take(std::move(socket), worker);
            continue;
        }
        if (ec == asio::error::connection_aborted) continue;  // the peer left before its turn
        if (is_shortage(ec)) shed_one();
        accept_pause.expires_after(options.deadlines.accept_pause);  // or this loop would spin until there is room
        auto [woken] = co_await accept_pause.async_wait(awaiting);
        static_cast<void>(woken);
    }
}

void HttpsServer::Impl::take(tcp::socket socket, Worker& worker) {
    if (auto place = places.take()) {
        room = Room::enough;
        return worker.take(std::move(socket), std::move(*place), Admission::served);
    }
    if (std::exchange(room, Room::short_of_it) == Room::enough) log("connections_max reached; turning new ones away");
    if (auto place = places_beyond.take()) worker.take(std::move(socket), std::move(*place), Admission::turned_away);
    // otherwise: closes it
}

void HttpsServer::Impl::shed_one() {
    if (std::exchange(room, Room::short_of_it) == Room::enough) log("out of descriptors or memory; closing new ones");
    reserve.give_up();
    {
        tcp::socket turned_away(io);
        error_code ignored;
        acceptor.accept(turned_away, ignored);
    }
    reserve.take();
}

void HttpsServer::Impl::heed_signals() {
    if (options.signals == Signals::none) return;
    error_code ignored;  // fails only for numbers that are no signals
    stop_signals.add(SIGTERM, ignored);
    stop_signals.add(SIGINT, ignored);
    reload_signal.add(SIGHUP, ignored);
    await_stop_signal();
    await_reload_signal();
}

void HttpsServer::Impl::await_reload_signal() {
    reload_signal.async_wait([this](const error_code& ec, int) {
        if (ec) return;
        reload_certificate();
        await_reload_signal();
    });
}

/// Asks the file system, which answers alike for a file that is written anew, renamed into place or behind a link.
void HttpsServer::Impl::await_certificate_look() {
    certificate_look.expires_after(options.deadlines.certificate_look);
    certificate_look.async_wait([this](const error_code& ec) {
        if (ec) return;
        if (tls.files_changed()) reload_certificate();
        await_certificate_look();
    });
}

void HttpsServer::Impl::reload_certificate() {
    const Status loaded = tls.load();
    if (loaded)
        log("the certificate was read again; new connections are shown it");
    else
        log("the certificate in use stays, since " + loaded.error().detail);
}

void HttpsServer::Impl::await_stop_signal() {
    stop_signals.async_wait([this](const error_code& ec, int) {
        if (ec) return;
        if (state == State::stopping) return finish();
        log("stopping on a signal");
        stop_gracefully();
        await_stop_signal();
    });
}

void HttpsServer::Impl::stop_gracefully() {
    if (std::exchange(state, State::stopping) == State::stopping) return;
    error_code ignored;
    acceptor.close(ignored);
    accept_pause.cancel();
    certificate_look.cancel();
    stop_deadline.expires_after(options.deadlines.stop);
    stop_deadline.async_wait([this](const error_code& ec) {
        if (ec) return;
        log("requests in flight outlasted the stop deadline; cut");
        finish();
    });
    draining_workers = workers.size();
    for (const auto& worker : workers)
        worker->drain([this] {
            asio::post(io, [this] {
                if (--draining_workers == 0) finish();
            });
        });
}

void HttpsServer::Impl::finish() { io.stop(); }

HttpsServer::HttpsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsServer::~HttpsServer() = default;

Result<std::unique_ptr<HttpsServer>> HttpsServer::listen(const ListenOptions& options, Handler& handler) {
    try {
        error_code ec;
        const auto address = asio::ip::make_address(options.address, ec);
        if (ec) return Error{Errc::bad_configuration, "not an IPv4 or IPv6 address: " + options.address};
        auto impl = std::make_unique<Impl>(options, handler);
        DOORSTEP_TRY(impl->tls.load());
        if (ec = impl->bind(address); ec) return cannot_listen(options, ec);
        impl->heed_signals();
        return std::unique_ptr<HttpsServer>(new HttpsServer(std::move(impl)));
    } catch (const std::exception& failure) {  // no descriptor for epoll, no memory, no thread
        return Error{Errc::io, std::string("cannot start the server: ") + failure.what()};
    }
}

std::uint16_t HttpsServer::port() const { return impl_->port; }

Load HttpsServer::load() const {
    return {impl_->places.taken() + impl_->places_beyond.taken(), impl_->handler_thread.waiting(),
            impl_->handler_thread.at_work_for()};
}

void HttpsServer::run() {
    for (const auto& worker : impl_->workers) worker->start();
    impl_->await_certificate_look();
    impl_->accept_connections();
    for (;;) {
        try {
            impl_->io.run();
            break;
        } catch (const std::exception&) {  // only memory runs out here; what is in flight goes on
            impl_->log("an exception reached the event loop; going on");
        }
    }
    for (const auto& worker : impl_->workers) worker->stop();
    impl_->handler_thread.stop();
}

void HttpsServer::stop() {
    asio::post(impl_->io, [impl = impl_.get()] { impl->stop_gracefully(); });
}

}  // namespace doorstep::server
