// server/api/problem.hpp -- an Error as an HTTP answer: application/problem+json (RFC 9457) with our stable code.
#pragma once

#include "core/base/result.hpp"
#include "server/api/http.hpp"

namespace doorstep::server {

/// The HTTP status that goes with a code.
int http_status(Errc code);
/// {"title":"wrong_code","status":403,"code":"wrong_code","number":19,"detail":"…"}
Reply problem(const Error& error);

}  // namespace doorstep::server
