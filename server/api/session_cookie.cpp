#include "server/api/session_cookie.hpp"

#include "server/api/form.hpp"

namespace doorstep::server {
namespace {

constexpr std::string_view name = "__Host-session";

}  // namespace

std::string session_secret(const Request& request) { return std::string(cookie(request.header("cookie"), name)); }

std::pair<std::string, std::string> session_cookie(const std::string& secret) {
    return {"Set-Cookie",
            std::string(name) + "=" + secret + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800"};
}

}  // namespace doorstep::server
