// server/api/sign_in_page.hpp -- the pages before there is a session: signing in, and making an account one's own.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace doorstep::server {

/// `notice` is "" or says what went wrong.
std::string render_login(Language language, std::string_view notice);
std::string render_activation(Language language, std::string_view notice);
/// The secret for the authenticator app, which is shown here and never again.
std::string render_activated(Language language, std::string_view name, std::string_view totp_secret);

}  // namespace doorstep::server
