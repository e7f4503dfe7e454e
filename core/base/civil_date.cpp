#include "core/base/civil_date.hpp"

namespace doorstep {
namespace {

// Both directions follow the era arithmetic of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2014:
// years begin on 1 March, so that the leap day is the last of its year.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct Civil {
    std::int64_t year, month, day;
};

Civil civil_from_days(std::int64_t days) {
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const std::int64_t day_of_era = days - era * 146097;
    const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

/// The number behind exactly the digits given, or -1.
std::int64_t digits(std::string_view text) {
    std::int64_t v = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        v = v * 10 + (c - '0');
    }
    return v;
}

void append_padded(std::string& out, std::int64_t v, std::size_t width) {
    const std::string text = std::to_string(v);
    out.append(text.size() < width ? width - text.size() : 0, '0').append(text);
}

}  // namespace

Result<std::int64_t> parse_date(std::string_view iso) {
    const Error bad{Errc::invalid_argument, "a date is written YYYY-MM-DD, such as 2026-11-21"};
    if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-') return bad;
    const std::int64_t year = digits(iso.substr(0, 4)), month = digits(iso.substr(5, 2)),
                       day = digits(iso.substr(8, 2));
    if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 || day > 31) return bad;
    const std::int64_t days = days_from_civil(year, month, day);
    const Civil back = civil_from_days(days);
    if (back.month != month || back.day != day) return bad;  // such as 30 February
    return days;
}

std::string format_date(std::int64_t days) {
    const Civil civil = civil_from_days(days);
    std::string out;
    append_padded(out, civil.year, 4);
    out.push_back('-');
    append_padded(out, civil.month, 2);
    out.push_back('-');
    append_padded(out, civil.day, 2);
    return out;
}

}  // namespace doorstep
