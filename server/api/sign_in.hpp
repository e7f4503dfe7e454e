// server/api/sign_in.hpp -- what the page and the API for signing in share.
#pragma once

#include "core/base/result.hpp"
#include "server/api/http.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// What prepare_password() came to. Errors: internal when there was no memory for it; unauthorized when what was sent
/// can be nobody's password.
Result<Hash> verifier_of(const Request& request);
/// Errors: unauthorized, too_many_attempts.
Result<SignedIn> sign_in(Storage& storage, const Request& request, std::string_view name, std::string_view code,
                         std::uint64_t now_ms);
/// The session's cookie, and the one by which the browser is known again.
void add_cookies(Reply& reply, const SignedIn& in);
/// The session's secret that came with the request, or "".
std::string session_secret(const Request& request);

}  // namespace doorstep::server
