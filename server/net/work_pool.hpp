// server/net/work_pool.hpp -- a few threads for work that takes long and touches no storage; what waits is bounded.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep::server {

/// Threads: submit from any, stop from the owner's.
class WorkPool {
public:
    WorkPool(std::size_t threads, std::size_t waiting_max);
    ~WorkPool();
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    /// `work` must not throw. busy: waiting_max of them wait already, or the pool was stopped; it is then never done.
    Status submit(std::function<void()> work);
    /// Waits for what is being done; what still waits is dropped.
    void stop();

private:
    void run();

    const std::size_t waiting_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> waiting_;  // guarded by mutex_, as is state_
    enum class State { working, stopping } state_ = State::working;
    std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace doorstep::server
