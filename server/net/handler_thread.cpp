#include "server/net/handler_thread.hpp"

#include <chrono>
#include <utility>

#include "server/net/refusal.hpp"

namespace doorstep::server {
namespace {

constexpr std::chrono::milliseconds beat_interval{250};  // a second is promised to phones that wait

}  // namespace

HandlerThread::HandlerThread(Handler& handler, std::size_t waiting_max, Log log)
    : handler_(handler), waiting_max_(waiting_max), log_(std::move(log)), thread_([this] { work(); }) {}

HandlerThread::~HandlerThread() { stop(); }

Status HandlerThread::submit(Request request, Done done) {
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::stopping) return Error{Errc::busy, "the server is stopping"};
        if (waiting_.size() >= waiting_max_) return Error{Errc::busy, "too many requests are waiting"};
        waiting_.push_back({std::move(request), std::move(done)});
    }
    changed_.notify_one();
    return ok();
}

std::size_t HandlerThread::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void HandlerThread::stop() {
    {
        const std::lock_guard lock(mutex_);
        state_ = State::stopping;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(mutex_);
    waiting_.clear();
}

void HandlerThread::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait_for(lock, beat_interval, [this] { return state_ == State::stopping || !waiting_.empty(); });
        if (state_ == State::stopping) return;
        if (waiting_.empty()) {
            lock.unlock();
            beat();
            lock.lock();
            continue;
        }
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        job.done(answer(job.request));
        job = {};  // its memory goes now, not at the next request
        lock.lock();
    }
}

void HandlerThread::beat() noexcept {
    try {
        handler_.beat();
    } catch (...) {
        if (log_) log_("the handler threw between requests");
    }
}

Reply HandlerThread::answer(const Request& request) noexcept {
    try {
        return handler_.handle(request);
    } catch (...) {  // what() may quote a case: dropped
        if (log_) log_("the handler threw; answered 500");
        return refusal_reply({500, "internal"});
    }
}

}  // namespace doorstep::server
