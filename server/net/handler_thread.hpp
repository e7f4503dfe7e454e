// server/net/handler_thread.hpp -- the one thread on which the handler runs: calls never overlap, the queue is bounded,
// and what waits meanwhile goes together where the handler allows it; with nothing to do, the handler has its beat.
// What takes long before it, such as hashing a password, has a few threads of its own, and nobody else waits for it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/result.hpp"
#include "server/api/http.hpp"
#include "server/net/work_pool.hpp"

namespace doorstep::server {

/// Threads: submit from any, stop from the owner's; `done` is called on the handler's own thread.
class HandlerThread {
public:
    using Done = std::function<void(Reply)>;
    using Log = std::function<void(std::string_view line)>;

    /// `handler` must outlive this.
    HandlerThread(Handler& handler, std::size_t waiting_max, Log log);
    ~HandlerThread();
    HandlerThread(const HandlerThread&) = delete;
    HandlerThread& operator=(const HandlerThread&) = delete;

    /// Queues the request, once it is prepared where the handler wants that; done(reply) follows, with 500 in the
    /// handler's stead when it throws, and 503 when the queue was full only then.
    /// busy: waiting_max requests wait already, or as many as may wait to be prepared, or the thread was stopped;
    /// `done` is then never called.
    Status submit(Request request, Done done);
    /// Queues a piece of work for a reply that goes on (Reply::more); `work` must not throw. busy: the thread was
    /// stopped. It is not counted among those that wait: there is one a connection at most.
    Status submit(std::function<void()> work);
    /// Requests that wait. Any thread.
    std::size_t waiting() const;
    /// How long the handler has been at what it does now; 0: it does nothing. Any thread.
    std::chrono::milliseconds at_work_for() const;
    /// Waits for the request that the handler is at; those still waiting are dropped, unanswered and not handled.
    void stop();

private:
    struct Job {
        Request request;
        Done done;
        std::function<void()> work = nullptr;  // instead of a request
    };
    Status enqueue(Job job);
    void prepare(Job job) noexcept;
    void work();
    void beat() noexcept;
    std::vector<Job> take_waiting();
    bool goes_together(const Job& job) const;
    void answer(std::vector<Job> jobs);
    void begin_work();
    void end_work() { began_ms_ = 0; }
    std::vector<Reply> replies_to(std::vector<Request> requests) noexcept;

    Handler& handler_;
    const std::size_t waiting_max_;
    const Log log_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;  // guarded by mutex_, as is state_
    enum class State { working, stopping } state_ = State::working;
    std::atomic<std::int64_t> began_ms_ = 0;  // of the steady clock; 0: idle
    WorkPool preparing_;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace doorstep::server
