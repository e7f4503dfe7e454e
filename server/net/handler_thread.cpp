#include "server/net/handler_thread.hpp"

#include <chrono>
#include <utility>

#include "server/net/refusal.hpp"

namespace doorstep::server {
namespace {

// So that the first of a group does not wait long for the last.
constexpr std::size_t together_max = 128, together_bytes = 1 << 20;
constexpr std::chrono::milliseconds beat_interval{250};  // a second is promised to phones that wait
// Each hash of a password takes some 50 MB and a tenth of a second: what waits is answered within two seconds.
constexpr std::size_t preparing_threads = 2, preparing_waiting_max = 32;

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

HandlerThread::HandlerThread(Handler& handler, std::size_t waiting_max, Log log)
    : handler_(handler),
      waiting_max_(waiting_max),
      log_(std::move(log)),
      preparing_(preparing_threads, preparing_waiting_max),
      thread_([this] { work(); }) {}

HandlerThread::~HandlerThread() { stop(); }

Status HandlerThread::submit(Request request, Done done) {
    Job job{std::move(request), std::move(done)};
    if (!handler_.must_prepare(job.request.method, job.request.path)) return enqueue(std::move(job));
    return preparing_.submit([this, job = std::move(job)]() mutable { prepare(std::move(job)); });
}

void HandlerThread::prepare(Job job) noexcept {
    try {
        handler_.prepare(job.request);
    } catch (...) {  // what() may quote what was asked: dropped
        if (log_) log_("the handler threw; answered 500");
        job.done(refusal_reply({500, "internal"}));
        return;
    }
    const Done done = job.done;
    if (!enqueue(std::move(job))) done(refusal_reply({503, "busy"}));
}

Status HandlerThread::enqueue(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::stopping) return Error{Errc::busy, "the server is stopping"};
        if (waiting_.size() >= waiting_max_) return Error{Errc::busy, "too many requests are waiting"};
        waiting_.push_back(std::move(job));
    }
    changed_.notify_one();
    return ok();
}

Status HandlerThread::submit(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::stopping) return Error{Errc::busy, "the server is stopping"};
        waiting_.push_back({{}, nullptr, std::move(work)});
    }
    changed_.notify_one();
    return ok();
}

std::size_t HandlerThread::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void HandlerThread::stop() {
    preparing_.stop();
    {
        const std::lock_guard lock(mutex_);
        state_ = State::stopping;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(mutex_);
    waiting_.clear();
}

std::chrono::milliseconds HandlerThread::at_work_for() const {
    const std::int64_t began_ms = began_ms_;
    return std::chrono::milliseconds(began_ms == 0 ? 0 : steady_ms() - began_ms);
}

void HandlerThread::begin_work() { began_ms_ = steady_ms(); }

void HandlerThread::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait_for(lock, beat_interval, [this] { return state_ == State::stopping || !waiting_.empty(); });
        if (state_ == State::stopping) return;
        if (waiting_.empty()) {
            lock.unlock();
            begin_work();
            beat();
            end_work();
            lock.lock();
            continue;
        }
        std::vector<Job> jobs = take_waiting();
        lock.unlock();
        begin_work();
        answer(std::move(jobs));
        end_work();
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

/// The first that waits, and those behind it that may go with it. Called with the mutex held.
std::vector<HandlerThread::Job> HandlerThread::take_waiting() {
    std::vector<Job> jobs;
    std::size_t bytes = 0;
    do {
        bytes += waiting_.front().request.body.size();
        jobs.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    } while (jobs.size() < together_max && bytes < together_bytes && !waiting_.empty() && goes_together(jobs.back()) &&
             goes_together(waiting_.front()));
    return jobs;
}

bool HandlerThread::goes_together(const Job& job) const {
    return !job.work && handler_.may_go_together(job.request.method, job.request.path);
}

void HandlerThread::answer(std::vector<Job> jobs) {
    if (jobs.front().work) return jobs.front().work();
    std::vector<Request> requests;
    for (Job& job : jobs) requests.push_back(std::move(job.request));
    std::vector<Reply> replies = replies_to(std::move(requests));
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done(std::move(replies[i]));
}

std::vector<Reply> HandlerThread::replies_to(std::vector<Request> requests) noexcept {
    const std::size_t count = requests.size();
    try {
        if (count == 1) return {handler_.handle(requests.front())};
        return handler_.handle_together(requests);
    } catch (...) {  // what() may quote a case: dropped
        if (log_) log_("the handler threw; answered 500");
        return std::vector<Reply>(count, refusal_reply({500, "internal"}));
    }
}

}  // namespace doorstep::server
