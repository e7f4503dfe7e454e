// server/api/html.hpp -- pieces of HTML. Whatever a person wrote goes through escape().
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "server/api/http.hpp"

namespace doorstep::server {

/// Text for an element or a quoted attribute.
std::string escape(std::string_view text);
/// A whole page with the house style. `body` is HTML.
std::string page(std::string_view title, std::string_view body, std::string_view language_tag);
/// "2026-11-21 14:05" at UTC+8, the time of the whole country.
std::string china_time(std::uint64_t ms);
std::string_view style_sheet();
/// zh-CN unless the browser asks for English first.
Language language_of(const Request& request);
Reply redirect(std::string_view target);

}  // namespace doorstep::server
