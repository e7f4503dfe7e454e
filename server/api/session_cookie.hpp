// server/api/session_cookie.hpp -- the cookie of who has signed in: __Host-, so that only this server's TLS can set it.
#pragma once

#include <string>

#include "server/api/http.hpp"

namespace doorstep::server {

/// The secret that came with the request, or "".
std::string session_secret(const Request& request);
/// A Set-Cookie header for a new session: eight hours.
std::pair<std::string, std::string> session_cookie(const std::string& secret);

}  // namespace doorstep::server
