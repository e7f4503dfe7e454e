// server/api/openapi.hpp -- the description of the API (server/api/openapi.yaml), which travels inside the program.
#pragma once

#include <string_view>

namespace doorstep::server {

std::string_view openapi_yaml();

}  // namespace doorstep::server
