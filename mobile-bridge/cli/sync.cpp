// Synchronisation: the library says what to post and what an answer means; this carries it there and back.
#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/device_key.hpp"
#include "mobile-bridge/cli/errand.hpp"
#include "mobile-bridge/cli/https_client.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/problem.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

// A round trip moves up to 1 MiB; a server that wants more of them than this goes round in circles.
constexpr int round_trips_max = 10'000;

struct Link {
    HttpsClient client;
    crypto::KeyPair key;
    std::string authorization;
    enum class Keyed { no, yes } keyed;
};

/// Lets the phone in once more, and remembers with what.
Status renew(PhoneHandle& phone, Link& link) {
    DOORSTEP_TRY(let_in(phone, link.client, link.key));
    DOORSTEP_TRY_ASSIGN(const std::string answer, phone.connection());
    DOORSTEP_TRY_ASSIGN(const json connection, from_json_text(answer));
    link.authorization = connection.at("authorization").get<std::string>();
    link.keyed = Link::Keyed::yes;
    return ok();
}

/// A phone from before there were keys goes on with the token it has where the server does not know keys either.
Status get_in(PhoneHandle& phone, Link& link) {
    if (link.keyed == Link::Keyed::no) static_cast<void>(renew(phone, link));
    return link.authorization.empty() ? renew(phone, link) : ok();
}

Result<Link> make_link(PhoneHandle& phone, const Settings& settings) {
    DOORSTEP_TRY_ASSIGN(const std::string answer, phone.connection());
    DOORSTEP_TRY_ASSIGN(const json connection, from_json_text(answer));
    DOORSTEP_TRY_ASSIGN(HttpsClient client, HttpsClient::make(connection.at("server").get<std::string>(),
                                                              connection.at("certificate_pem").get<std::string>(),
                                                              compression::Coding::gzip));  // what every server reads
    DOORSTEP_TRY_ASSIGN(crypto::KeyPair key, device_key(settings));
    return Link{std::move(client), std::move(key), connection.at("authorization").get<std::string>(),
                connection.at("keyed").get<bool>() ? Link::Keyed::yes : Link::Keyed::no};
}

/// A token whose time is over is renewed on the way: the same message is good under the next one.
Result<std::string> exchange(PhoneHandle& phone, Link& link, const std::string& request) {
    const auto once = [&] {
        return body_of(link.client.post("/sync/v1", "application/octet-stream", link.authorization, request));
    };
    auto first = once();
    if (first || first.failure().code != DS_UNAUTHORIZED) return first;
    DOORSTEP_TRY(renew(phone, link));
    return once();
}

Status synchronise(PhoneHandle& phone, Link& link, std::int64_t now_ms) {
    DOORSTEP_TRY(get_in(phone, link));
    DOORSTEP_TRY_ASSIGN(std::string request, phone.sync_begin());
    for (int trip = 0; !request.empty(); ++trip) {
        if (trip == round_trips_max) return Failure{DS_SERVER_ERROR, text<Text::sync_endless>(round_trips_max)};
        DOORSTEP_TRY_ASSIGN(const std::string answer, exchange(phone, link, request));
        DOORSTEP_TRY_ASSIGN(request, phone.sync_continue(now_ms, answer));
    }
    return ok();
}

/// A connection that is cut costs nothing but the way: the library begins again from what both sides have.
Status synchronise_with_retry(PhoneHandle& phone, Link& link, std::int64_t now_ms) {
    Status first = synchronise(phone, link, now_ms);
    if (first || first.failure().retry == Retry::no) return first;
    return synchronise(phone, link, now_ms);
}

Result<std::string> describe(PhoneHandle& phone, const std::string& report_text) {
    DOORSTEP_TRY_ASSIGN(const json report, from_json_text(report_text));
    const auto count = [&](const char* key) { return report.at(key).get<std::uint64_t>(); };
    std::string out = text<Text::synchronised>(count("pushed"), count("pulled"), count("round_trips"),
                                               count("sent_bytes"), count("received_bytes"));
    DOORSTEP_TRY_ASSIGN(const std::string conflicts_text, phone.conflicts());
    DOORSTEP_TRY_ASSIGN(const json conflicts, from_json_text(conflicts_text));
    const std::size_t waiting = conflicts.at("records").size();
    if (waiting > 0) out += "\n" + text<Text::decisions_waiting>(waiting);
    return out;
}

}  // namespace

Result<std::string> run(const Sync&, const Context& context) {
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(Link link, make_link(phone, context.settings));
    DOORSTEP_TRY(synchronise_with_retry(phone, link, context.settings.now_ms));
    DOORSTEP_TRY_ASSIGN(std::string report, phone.sync_report());
    if (context.settings.output == Output::json) return report;
    return describe(phone, report);
}

}  // namespace doorstep::cli
