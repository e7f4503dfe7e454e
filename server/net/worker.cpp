#include "server/net/worker.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <utility>

namespace doorstep::server {

namespace asio = boost::asio;

Worker::Worker(const ListenOptions& options, Handler& handler, HandlerThread& handler_thread, const TlsContexts& tls)
    : options_(options), sessions_(options, handler, handler_thread, tls) {}

void Worker::start() {
    thread_ = std::thread([this] { run(); });
}

void Worker::run() {
    for (;;) {
        try {
            io_.run();
            return;
        } catch (const std::exception&) {  // only memory runs out here; what is in flight goes on
            if (options_.log) options_.log("an exception reached an event loop; going on");
        }
    }
}

void Worker::take(asio::ip::tcp::socket socket, Place place, Admission admission) {
    asio::post(io_, [this, socket = std::move(socket), place = std::move(place), admission]() mutable {
        try {
            sessions_.start(std::move(socket), std::move(place), admission);
        } catch (const std::exception&) {
            if (options_.log) options_.log("a connection was closed for want of memory");
        }
    });
}

void Worker::drain(std::function<void()> on_empty) {
    asio::post(io_, [this, on_empty = std::move(on_empty)]() mutable { sessions_.drain(std::move(on_empty)); });
}

void Worker::stop() {
    work_.reset();
    io_.stop();
    if (thread_.joinable()) thread_.join();
    sessions_.cut();  // nobody runs them any more: this only closes the sockets
}

}  // namespace doorstep::server
