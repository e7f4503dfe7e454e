#include "server/hooks/webhook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/base/hmac.hpp"

namespace doorstep::server {

std::string webhook_body(const std::vector<StreamHead>& heads, std::uint64_t now_ms) {
    std::string streams;
    for (const StreamHead& head : heads)
        streams += fmt::format("{}{{\"area\":\"{}\",\"position\":{}}}", streams.empty() ? "" : ",",
                               head.stream.area.text(), head.position);
    return fmt::format("{{\"time_ms\":{},\"streams\":[{}]}}", now_ms, streams);
}

std::string webhook_signature(const std::string& secret, const std::string& body, std::uint64_t now_ms) {
    return fmt::format("t={},v1={}", now_ms, hmac_sha256(secret, fmt::format("{}.{}", now_ms, body)).hex());
}

Webhook::Webhook(WebhookSettings settings, Storage& storage, std::function<std::uint64_t()> now_ms, Log log,
                 std::function<HttpsAnswer(const HttpsPost&)> send)
    : settings_(std::move(settings)),
      storage_(storage),
      now_ms_(std::move(now_ms)),
      log_(std::move(log)),
      send_(std::move(send)),
      thread_([this] { deliver(); }) {}

Webhook::~Webhook() {
    {
        const std::lock_guard lock(mutex_);
        state_ = State::stopping;
    }
    changed_.notify_one();
    thread_.join();
}

void Webhook::work() {
    const std::uint64_t now = now_ms_();
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::telling) return;
    }
    if (!telling_.empty()) {
        if (!storage_.mark_told(telling_)) return;  // told once more is no harm; the next call marks it
        telling_.clear();
    } else if (now >= looked_ms_ && now < looked_ms_ + settings_.look_ms) {
        return;
    }
    looked_ms_ = now;
    auto heads = storage_.untold(settings_.streams_max);
    if (!heads || heads.value().empty()) return;  // an error is told by whatever else asks the database
    telling_ = std::move(heads).value();
    std::string body = webhook_body(telling_, now);
    const std::string signature = webhook_signature(settings_.secret, body, now);
    {
        const std::lock_guard lock(mutex_);
        message_ = HttpsPost{settings_.url,
                             settings_.authority,
                             {"Content-Type: application/json", "Doorstep-Signature: " + signature, "Expect:"},
                             std::move(body)};
        state_ = State::telling;
    }
    changed_.notify_one();
}

bool Webhook::is_told(const HttpsAnswer& answer) {
    const bool told = answer.status >= 200 && answer.status <= 299;
    const Receiver before = std::exchange(receiver_, told ? Receiver::answers : Receiver::fails);
    if (!told && before == Receiver::answers)
        log_(answer.status == 0
                 ? fmt::format("the webhook does not answer ({}); asked again until it does", answer.failure)
                 : fmt::format("the webhook answers {}; asked again until it takes it", answer.status));
    if (told && before == Receiver::fails) log_("the webhook answers again");
    return told;
}

void Webhook::deliver() {
    std::uint64_t wait_ms = settings_.retry_ms;
    std::unique_lock lock(mutex_);
    while (state_ != State::stopping) {
        changed_.wait(lock, [this] { return state_ == State::telling || state_ == State::stopping; });
        if (state_ == State::stopping) return;
        const HttpsPost message = *message_;
        lock.unlock();
        const bool told = is_told(send_(message));
        lock.lock();
        if (state_ == State::stopping) return;
        if (told) {
            state_ = State::told;
            wait_ms = settings_.retry_ms;
            continue;
        }
        changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return state_ == State::stopping; });
        wait_ms = std::min(wait_ms * 2, settings_.retry_ms_max);
    }
}

}  // namespace doorstep::server
