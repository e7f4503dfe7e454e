// server/event_log.hpp -- what the server writes about itself while it runs, a line an event, on stderr.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/base/result.hpp"
#include "server/config/configuration.hpp"

namespace spdlog {
class logger;
}

namespace doorstep::server {

/// As text, or as one JSON object a line of these fields and no others: `time` (UTC, with milliseconds), `level` (info,
/// error), `event` (started, stopped, serving, failed), and by the event `port`, `detail`, `route`, `code`, `number`.
/// No field holds what a client sent: neither its words nor its address, names, tokens or paths. `detail` is a sentence
/// of the program's, which may name the operator's own certificate files; `route` is a path of the program's table.
/// Threads: any.
class EventLog {
public:
    /// Level and format are log.level and log.format.
    explicit EventLog(const Configuration& configuration);
    void started(std::uint16_t port) const;
    void stopped() const;
    /// Something about connections, as server/net says it.
    void serving(std::string_view line) const;
    /// A failure of our own, which somebody was told as an error of the server.
    void failed(const Error& error, std::string_view route) const;

private:
    std::shared_ptr<spdlog::logger> logger_;
    bool json_;
};

}  // namespace doorstep::server
