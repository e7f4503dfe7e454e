// mobile-bridge/cli/problem.hpp -- what a server means by an answer that is no success.
#pragma once

#include "mobile-bridge/cli/https_client.hpp"

namespace doorstep::cli {

/// The body of a 200 answer; "" of a 204. Errors: what application/problem+json names, such as
/// {"code":"wrong_code","number":19, "detail":"…"}; server_error for anything else, and for what only concerns the
/// server's own machine.
Result<std::string> body_of(Result<HttpReply> reply);

}  // namespace doorstep::cli
