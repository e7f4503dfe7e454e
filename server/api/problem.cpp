#include "server/api/problem.hpp"

#include <nlohmann/json.hpp>

namespace doorstep::server {

int http_status(Errc code) {
    switch (code) {
        case Errc::unauthorized: return 401;
        case Errc::forbidden:
        case Errc::wrong_code:
        case Errc::awaiting_confirmation:
        case Errc::expired_code: return 403;
        case Errc::not_here_yet:
        case Errc::not_found: return 404;
        case Errc::already_exists:
        case Errc::moved:
        case Errc::transition_refused:
        case Errc::digits_differ:
        case Errc::stale_decision: return 409;
        case Errc::value_too_large:
        case Errc::commit_too_large:
        case Errc::payload_too_large: return 413;
        case Errc::too_many_attempts:
        case Errc::quota_exceeded: return 429;
        case Errc::invalid_argument:
        case Errc::invalid_utf8:
        case Errc::malformed:
        case Errc::unknown_field:
        case Errc::protocol_version:
        case Errc::unknown_area: return 400;
        case Errc::busy: return 503;
        case Errc::disk_full: return 507;
        default: return 500;
    }
}

Reply problem(const Error& error) {
    const int status = http_status(error.code);
    const bool ours = status >= 500;  // what broke inside is for the log, not for the wire
    const nlohmann::json body = {{"title", error_name(error.code)},
                                 {"status", status},
                                 {"code", error_name(error.code)},
                                 {"number", static_cast<int>(error.code)},
                                 {"detail", ours ? std::string("the server's log says more") : error.detail}};
    return {status, "application/problem+json", body.dump(), {}};
}

}  // namespace doorstep::server
