#include "server/net/refusal.hpp"

#include "core/base/result.hpp"

namespace doorstep::server {
namespace {

/// The house's code for a status that net answers.
Errc code_of(int status) {
    if (status == 413) return Errc::payload_too_large;
    if (status == 503) return Errc::busy;
    return status >= 500 && status != 505 ? Errc::internal : Errc::malformed;
}

}  // namespace

Reply refusal_reply(const Refusal& refusal) {
    const Errc code = code_of(refusal.status);
    const std::string name(error_name(code)), status = std::to_string(refusal.status),
                                              number = std::to_string(static_cast<int>(code)), reason(refusal.reason);
    Reply reply;
    reply.status = refusal.status;
    reply.content_type = "application/problem+json";
    reply.body = R"({"title":")" + name + R"(","status":)" + status + R"(,"code":")" + name + R"(","number":)" +
                 number + R"(,"detail":")" + reason + "\"}\n";
    if (refusal.status == 503) reply.headers.emplace_back("Retry-After", "1");
    return reply;
}

}  // namespace doorstep::server
