// server/api/value_text.hpp -- one value as plain text, for pages and tables.
#pragma once

#include <string>

#include "core/model/value.hpp"
#include "server/api/texts.hpp"

namespace doorstep::server {

/// Times in China's time zone, dates as 2026-11-29, positions in degrees, a record by its id. Not escaped.
std::string value_text(const Value& value, Language language);

}  // namespace doorstep::server
