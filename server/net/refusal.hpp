// server/net/refusal.hpp -- what net answers by itself, before or instead of the handler.
#pragma once

#include <string_view>

#include "server/api/http.hpp"

namespace doorstep::server {

/// A request that net turns away. The reason is a stable word for machines and logs, taken from a literal: it never
/// holds anything that the client sent.
struct Refusal {
    int status = 400;
    std::string_view reason;
    bool operator==(const Refusal&) const = default;
};

/// The refusal as problem+json (RFC 9457), as server/api/problem.hpp writes it: title and code (malformed, busy,
/// payload_too_large or internal), status, number, and the reason as detail. 503 also says when to come back.
Reply refusal_reply(const Refusal& refusal);

}  // namespace doorstep::server
