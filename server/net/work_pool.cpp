#include "server/net/work_pool.hpp"

#include <utility>

namespace doorstep::server {

WorkPool::WorkPool(std::size_t threads, std::size_t waiting_max) : waiting_max_(waiting_max) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkPool::~WorkPool() { stop(); }

Status WorkPool::submit(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::stopping) return Error{Errc::busy, "the server is stopping"};
        if (waiting_.size() >= waiting_max_) return Error{Errc::busy, "too much work is waiting"};
        waiting_.push_back(std::move(work));
    }
    changed_.notify_one();
    return ok();
}

void WorkPool::stop() {
    {
        const std::lock_guard lock(mutex_);
        state_ = State::stopping;
        waiting_.clear();
    }
    changed_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

void WorkPool::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return state_ == State::stopping || !waiting_.empty(); });
        if (state_ == State::stopping) return;
        const std::function<void()> work = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

}  // namespace doorstep::server
