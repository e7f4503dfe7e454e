// server/api/rest.hpp -- what the JSON routes of /api/v1 share: what may be seen, bodies, pages, ETags and
// Idempotency-Keys. The routes themselves are described by server/api/openapi.yaml.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "core/base/result.hpp"
#include "core/model/schema.hpp"
#include "server/access/policy.hpp"
#include "server/api/http.hpp"
#include "server/api/routes.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Whether the role may ask this route about what stands so, for that. Errors: forbidden.
Status check_may(const RestRequest& asked, Relation relation, Purpose purpose = Purpose::none);
/// The record that the session may see and about which it may ask this. Errors: not_found, forbidden.
Result<ScopedRecord> record_for(Storage& storage, const RestRequest& asked, std::string_view id_hex);
/// The record with what the session does not see masked.
nlohmann::json seen_json(const RestRequest& asked, const ScopedRecord& record, const Divisions& divisions,
                         Purpose purpose = Purpose::none);
/// What for, out of a body's "purpose", if the role may about what is its own. Errors: invalid_argument, forbidden.
Result<Purpose> purpose_in(const RestRequest& asked, const nlohmann::json& body);
/// Of a type's fields, the classes of which the purpose shows more than `reading`, the route that asks for none.
std::vector<FieldClass> revealed_of(const RestRequest& asked, std::string_view reading, const RecordSchema& schema,
                                    Relation relation, Purpose purpose);

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
Result<Reply> once(Storage& storage, const RestRequest& asked, const std::function<Result<Reply>()>& act);

}  // namespace doorstep::server
