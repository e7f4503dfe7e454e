// server/api/rest.hpp -- what the JSON routes of /api/v1 share: who asks, bodies, pages, ETags and Idempotency-Keys.
// The routes themselves are described by server/api/openapi.yaml.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "core/base/result.hpp"
#include "server/api/http.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Who looks: the session's cookie. Errors: unauthorized.
Result<StaffSession> reader_of(Storage& storage, const Request& request, std::uint64_t now_ms);
/// Who acts: also the session's secret in X-CSRF-Token, which no other site's page knows. Errors: unauthorized,
/// forbidden.
Result<StaffSession> actor_of(Storage& storage, const Request& request, std::uint64_t now_ms);
/// What the session may see.
Scope scope_of(const StaffSession& session);

/// The body, which must be said to be application/json and hold an object of no other keys than these. Errors:
/// invalid_argument, invalid_utf8, payload_too_large.
Result<nlohmann::json> json_body(const Request& request, std::initializer_list<std::string_view> keys);
/// A member of such an object that must be there. Errors: invalid_argument, naming the key.
Result<std::string> text_in(const nlohmann::json& object, std::string_view key);
Result<std::vector<std::string>> texts_in(const nlohmann::json& object, std::string_view key);

/// How much of a list: ?limit= (1 to 200, 50 unless said) and ?cursor= of the page before.
struct Paging {
    std::size_t rows_max = 50;
    std::optional<std::int64_t> before;
};
/// Errors: invalid_argument.
Result<Paging> paging_of(std::string_view query);
std::string cursor_text(std::int64_t before);

/// 200 with an ETag over the body; 304 without one when the asker has it (If-None-Match). Nobody between keeps it.
Reply json_reply(const Request& request, const nlohmann::json& body);
/// The same for what an act answers: no ETag.
Reply json_reply(int status, const nlohmann::json& body);
Reply no_content();

/// Does it once for one Idempotency-Key (1 to 64 letters, digits, '-' and '_'), within kept_reply_ms: asked again, the
/// same is answered, with "Idempotency-Replayed: true". Its answer must hold no words of records. Errors: those of
/// `act`; already_exists when the key came with another request; invalid_argument.
Result<Reply> once(Storage& storage, const Request& request, const StaffSession& session, std::uint64_t now_ms,
                   const std::function<Result<Reply>()>& act);

}  // namespace doorstep::server
