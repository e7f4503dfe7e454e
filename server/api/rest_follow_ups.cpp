// /api/v1/follow-ups: what was promised to somebody and is due, matter by matter; of nobody's work a list.
#include <nlohmann/json.hpp>

#include "core/base/civil_date.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::uint64_t day_ms = 24ull * 60 * 60 * 1000, china_ms = 8ull * 60 * 60 * 1000;

Error bad(const char* what) { return {Errc::invalid_argument, what}; }

/// ?cursor=, as a page gave it.
Result<Bytes> place_of(std::string_view cursor) {
    if (cursor.empty()) return Bytes();
    auto place = cursor.starts_with('c') ? from_hex(cursor.substr(1)) : Result<Bytes>(bad("no c"));
    if (!place) return bad("cursor is to be the \"next\" of the page before, as it was");
    return place;
}

}  // namespace

/// A page may be shorter than asked for: what the account may not see is left out of it.
Result<Reply> rest_follow_ups(Storage& storage, const RestRequest& asked) {
    std::int64_t until = static_cast<std::int64_t>((asked.now_ms + china_ms) / day_ms);  // today, in the whole country
    if (const std::string_view text = asked.form.get("until"); !text.empty()) {
        const auto day = parse_date(text);
        if (!day) return bad("until is a date such as 2026-11-30");
        until = day.value();
    }
    DOORSTEP_TRY_ASSIGN(const Paging paging, paging_of("limit=" + std::string(asked.form.get("limit"))));
    DOORSTEP_TRY_ASSIGN(const Bytes after, place_of(asked.form.get("cursor")));
    const auto page = storage.due(until, {paging.rows_max, after});
    if (!page && page.error().code == Errc::malformed) return bad("cursor is to be the \"next\" of the page before");
    if (!page) return page.error();
    json items = json::array();
    for (const Card& card : page.value().cards) {
        const auto record = storage.read_within(card.record, asked.session.scope);
        if (!record && record.error().code == Errc::not_found) continue;
        if (!record) return record.error();
        items.push_back(seen_json(asked, record.value(), storage.divisions()));
    }
    json out = {{"items", std::move(items)}};
    if (!page.value().next.empty()) out["next"] = "c" + to_hex(page.value().next);
    return json_reply(asked.request, out);
}

}  // namespace doorstep::server
