// server/hooks/webhook.hpp -- tells another program, over HTTPS, in which areas something was written
// (docs/webhook.md).
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/hooks/https_post.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

struct WebhookSettings {
    std::string url, authority, secret;
    std::uint64_t look_ms = 1'000;  ///< between two looks at what is untold
    std::uint64_t retry_ms = 1'000, retry_ms_max = 5 * 60 * 1000;
    std::size_t streams_max = 1'000;  ///< told of at once
};

/// What is told: {"time_ms":…,"streams":[{"area":"341222101202","position":12}]}. Positions tell two messages of one
/// area apart and which is later. No words, no names, no records, and nothing of compartments that not all may see.
std::string webhook_body(const std::vector<StreamHead>& heads, std::uint64_t now_ms);
/// "t=<ms>,v1=<HMAC-SHA-256 over "<ms>." and the body, as hexadecimal>".
std::string webhook_signature(const std::string& secret, const std::string& body, std::uint64_t now_ms);

/// One message at a time, until its receiver answers 2xx; then the next one tells of all that came meanwhile. At least
/// once, across crashes: what was told is marked after the answer. A receiver that fails is asked again after a second,
/// two, four … five minutes at most, for ever.
/// Threads: work() on the storage's; one of its own waits for the receiver.
class Webhook {
public:
    using Log = std::function<void(std::string_view line)>;
    Webhook(WebhookSettings settings, Storage& storage, std::function<std::uint64_t()> now_ms, Log log,
            std::function<HttpsAnswer(const HttpsPost&)> send = post);
    /// Waits for the message under way, half a minute at most.
    ~Webhook();
    Webhook(const Webhook&) = delete;
    Webhook& operator=(const Webhook&) = delete;

    /// Some times a second. Looks what is untold, hands it over, and marks what was told.
    void work();

private:
    void deliver();
    bool is_told(const HttpsAnswer& answer);

    const WebhookSettings settings_;
    Storage& storage_;
    const std::function<std::uint64_t()> now_ms_;
    const Log log_;
    const std::function<HttpsAnswer(const HttpsPost&)> send_;
    std::uint64_t looked_ms_ = 0;      // the storage's thread's
    std::vector<StreamHead> telling_;  // the same: what the message under way tells of
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<HttpsPost> message_;  // guarded by mutex_, as all below
    enum class State { idle, telling, told, stopping } state_ = State::idle;
    enum class Receiver { answers, fails } receiver_ = Receiver::answers;  // its own thread's; for the log
    std::thread thread_;                                                   // last: it uses all of the above
};

}  // namespace doorstep::server
