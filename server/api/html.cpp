#include "server/api/html.hpp"

#include <fmt/format.h>

#include "core/base/civil_date.hpp"

namespace doorstep::server {

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out.push_back(c);
        }
    }
    return out;
}

std::string page(std::string_view title, std::string_view body, std::string_view language_tag) {
    return fmt::format(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>"
        "<link rel=\"stylesheet\" href=\"/office/style.css\"></head>\n<body>\n{}\n</body></html>\n",
        language_tag, escape(title), body);
}

std::string china_time(std::uint64_t ms) {
    constexpr std::uint64_t minute_ms = 60'000, day_ms = 24 * 60 * minute_ms, offset_ms = 8 * 60 * minute_ms;
    const std::uint64_t local = ms + offset_ms, of_day = local % day_ms / minute_ms;
    return fmt::format("{} {:02}:{:02}", format_date(static_cast<std::int64_t>(local / day_ms)), of_day / 60,
                       of_day % 60);
}

Language language_of(const Request& request) {
    return request.header("accept-language").substr(0, 2) == "en" ? Language::en : Language::zh_cn;
}

Reply redirect(std::string_view target) {
    return {303, "text/html; charset=utf-8", "", {{"Location", std::string(target)}}};
}

std::string_view style_sheet() {
    return R"css(:root { color-scheme: light dark; --line: #8884; --accent: #b3261e; }
body { font: 16px/1.6 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  max-width: 62rem; margin: 0 auto; padding: 1rem; }
header { display: flex; justify-content: space-between; align-items: center; border-bottom: 2px solid var(--accent); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); padding: .4rem .6rem; } th { font-weight: 600; white-space: nowrap; }
.conflict { border: 1px solid var(--accent); border-radius: .5rem; padding: .8rem; margin: .8rem 0; }
.conflict blockquote { margin: .6rem 0; padding: .4rem .8rem; border-left: 4px solid var(--line); }
.words { white-space: pre-wrap; overflow-wrap: anywhere; }
.note, .trace { opacity: .75; font-size: .9rem; margin: .2rem 0; }
button { font: inherit; padding: .4rem 1rem; border-radius: .4rem; cursor: pointer; }
input { font: inherit; padding: .4rem; width: 22rem; max-width: 100%; }
)css";
}

}  // namespace doorstep::server
