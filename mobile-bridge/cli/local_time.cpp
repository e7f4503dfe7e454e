#include "mobile-bridge/cli/local_time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "mobile-bridge/cli/messages.hpp"

namespace doorstep::cli {
namespace {

/// mktime() accepts the 31st of February and means the 3rd of March: a date is real when it comes back unchanged.
bool is_real(const std::tm& wanted, const std::tm& got) {
    return wanted.tm_year == got.tm_year && wanted.tm_mon == got.tm_mon && wanted.tm_mday == got.tm_mday &&
           wanted.tm_hour == got.tm_hour && wanted.tm_min == got.tm_min;
}

}  // namespace

std::int64_t system_now_ms() {
    using std::chrono::milliseconds;
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string local_time(std::int64_t ms) {
    const std::time_t seconds = ms / 1000;
    std::tm parts{};
    if (localtime_r(&seconds, &parts) == nullptr) return std::to_string(ms);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min);
}

Result<std::int64_t> parse_time(const std::string& typed) {
    const Failure bad{DS_INVALID_ARGUMENT, text<Text::time_form>()};
    std::int64_t ms = 0;
    const char* const end = typed.data() + typed.size();
    const auto [stop, error] = std::from_chars(typed.data(), end, ms);
    if (error == std::errc() && stop == end) return ms < 0 ? Result<std::int64_t>(bad) : ms;

    std::tm wanted{};
    char separator = 0;
    int used = 0;
    const int found = std::sscanf(typed.c_str(), "%4d-%2d-%2d%c%2d:%2d%n", &wanted.tm_year, &wanted.tm_mon,
                                  &wanted.tm_mday, &separator, &wanted.tm_hour, &wanted.tm_min, &used);
    if (found != 6 || typed.c_str()[used] != '\0' || (separator != 'T' && separator != ' ')) return bad;
    wanted.tm_year -= 1900;
    wanted.tm_mon -= 1;
    wanted.tm_isdst = -1;
    std::tm got = wanted;
    const std::time_t seconds = std::mktime(&got);
    if (seconds < 0 || !is_real(wanted, got)) return bad;
    return static_cast<std::int64_t>(seconds) * 1000;
}

}  // namespace doorstep::cli
