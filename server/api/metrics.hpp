// server/api/metrics.hpp -- what the server did and holds, counted for a monitoring system.
// No label but routes of the table and statuses: nothing here is about a person, a phone or an area.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace doorstep::server {

/// What the network side holds at the moment.
struct Load {
    std::size_t connections = 0;       ///< open ones, WebSockets included
    std::size_t requests_waiting = 0;  ///< for the handler's thread
    std::chrono::milliseconds at_work_for{0};  ///< the handler's thread, at what it does now; 0: nothing
};

/// Threads: any.
class Metrics {
public:
    /// Upper bounds of a reply's time, from its request's head to its last byte; beside them everything slower.
    static constexpr std::array<std::chrono::milliseconds, 8> bounds = {
        std::chrono::milliseconds(1),     std::chrono::milliseconds(5),     std::chrono::milliseconds(20),
        std::chrono::milliseconds(100),   std::chrono::milliseconds(250),   std::chrono::milliseconds(1'000),
        std::chrono::milliseconds(5'000), std::chrono::milliseconds(30'000)};

    /// `route` is a literal of the server's own, never a path that was asked for.
    void count_reply(std::string_view route, int status, std::chrono::microseconds took);
    void count_parts(std::uint64_t taken_in) { parts_ += taken_in; }
    /// Prometheus' text format, version 0.0.4.
    std::string text(const Load& load) const;

private:
    struct Times {
        std::array<std::uint64_t, bounds.size() + 1> within{};  ///< not cumulative
        std::chrono::microseconds sum{0};
    };
    mutable std::mutex mutex_;
    std::map<std::pair<std::string_view, int>, std::uint64_t> replies_;  // guarded by mutex_, as are the times
    std::map<std::string_view, Times> times_;
    std::atomic<std::uint64_t> parts_ = 0;
};

}  // namespace doorstep::server
