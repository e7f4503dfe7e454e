#include "server/api/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace doorstep::server {

void Metrics::count_reply(std::string_view route, int status, std::chrono::microseconds took) {
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), took);
    const std::lock_guard lock(mutex_);
    ++replies_[{route, status}];
    Times& times = times_[route];
    ++times.within[static_cast<std::size_t>(bound - bounds.begin())];
    times.sum += took;
}

std::string Metrics::text(const Load& load) const {
    std::string out;
    const auto head = [&out](std::string_view name, std::string_view type, std::string_view help) {
        out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    };
    const std::lock_guard lock(mutex_);
    head("doorstep_replies_total", "counter", "Replies by route and status.");
    for (const auto& [key, count] : replies_)
        out += fmt::format("doorstep_replies_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
    head("doorstep_reply_seconds", "histogram", "Time from a request's head to the end of its reply.");
    for (const auto& [route, times] : times_) {
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < bounds.size(); ++i) {
            so_far += times.within[i];
            out += fmt::format("doorstep_reply_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", route,
                               std::chrono::duration<double>(bounds[i]).count(), so_far);
        }
        so_far += times.within.back();
        out += fmt::format("doorstep_reply_seconds_bucket{{route=\"{}\",le=\"+Inf\"}} {}\n", route, so_far);
        out += fmt::format("doorstep_reply_seconds_sum{{route=\"{}\"}} {}\n", route,
                           std::chrono::duration<double>(times.sum).count());
        out += fmt::format("doorstep_reply_seconds_count{{route=\"{}\"}} {}\n", route, so_far);
    }
    head("doorstep_parts_total", "counter", "Parts of commits that streams grew by since the start.");
    out += fmt::format("doorstep_parts_total {}\n", parts_.load());
    head("doorstep_connections", "gauge", "Open connections, those of waiting phones included.");
    out += fmt::format("doorstep_connections {}\n", load.connections);
    head("doorstep_requests_waiting", "gauge", "Requests that wait for the database.");
    out += fmt::format("doorstep_requests_waiting {}\n", load.requests_waiting);
    return out;
}

}  // namespace doorstep::server
