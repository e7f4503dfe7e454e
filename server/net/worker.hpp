// server/net/worker.hpp -- one thread of the server: an io_context of its own, and the connections that live on it.
// A connection never leaves its thread, so what belongs to it needs no lock.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <thread>

#include "server/net/session.hpp"

namespace doorstep::server {

/// Threads: all calls on any one, but stop and the destructor on the owner's, without overlap.
class Worker {
public:
    Worker(const ListenOptions& options, Handler& handler, HandlerThread& handler_thread, const TlsContexts& tls);
    ~Worker() { stop(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void start();
    /// Where a socket is to be accepted that take() gets.
    boost::asio::io_context& io() { return io_; }
    void take(boost::asio::ip::tcp::socket socket, Place place, Admission admission);
    /// See Sessions; `on_empty` is called on the worker's thread.
    void drain(std::function<void()> on_empty);
    /// Waits for what the thread is at, and closes every connection.
    void stop();

private:
    void run();

    const ListenOptions& options_;
    Sessions sessions_;              // before io_, which destroys the last connections
    boost::asio::io_context io_{1};  // 1: one thread runs it
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = make_work_guard(io_);
    std::thread thread_;
};

}  // namespace doorstep::server
