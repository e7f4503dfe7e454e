#include "server/event_log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace doorstep::server {
namespace {

// The library fills in time and level; what it is given as %v are the fields after them.
constexpr const char* json_line = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
constexpr const char* text_line = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";

/// An object's fields without its braces.
std::string fields(const nlohmann::ordered_json& object) {
    const std::string text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return text.substr(1, text.size() - 2);
}

}  // namespace

EventLog::EventLog(const Configuration& configuration) : json_(configuration.words(OptionId::log_format) == "json") {
    spdlog::sink_ptr sink;
    if (json_)
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
        sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    logger_ = std::make_shared<spdlog::logger>("doorstep", std::move(sink));
    logger_->set_pattern(json_ ? json_line : text_line, spdlog::pattern_time_type::utc);
    logger_->set_level(configuration.words(OptionId::log_level) == "error" ? spdlog::level::err : spdlog::level::info);
}

void EventLog::started(std::uint16_t port) const {
    logger_->info("{}",
                  json_ ? fields({{"event", "started"}, {"port", port}}) : fmt::format("started on port {}", port));
}

void EventLog::stopped() const { logger_->info("{}", json_ ? fields({{"event", "stopped"}}) : std::string("stopped")); }

void EventLog::serving(std::string_view line) const {
    logger_->info("{}", json_ ? fields({{"event", "serving"}, {"detail", line}}) : std::string(line));
}

void EventLog::failed(const Error& error, std::string_view route) const {
    const std::string_view name = error_name(error.code);
    logger_->error("{}", json_ ? fields({{"event", "failed"},
                                         {"route", route},
                                         {"code", name},
                                         {"number", static_cast<int>(error.code)},
                                         {"detail", error.detail}})
                               : fmt::format("{}: {} ({})", route, name, error.detail));
}

}  // namespace doorstep::server
