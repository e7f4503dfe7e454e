// Enrolment: one POST between two calls of the library.
#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/https_client.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/problem.hpp"
#include "mobile-bridge/cli/signing_key.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

constexpr std::size_t certificate_bytes_max = 64 * 1024;

Result<std::string> read_certificate(const std::string& path) {
    DOORSTEP_TRY_ASSIGN(std::string pem, read_file(path, certificate_bytes_max, DS_BAD_CONFIGURATION));
    if (pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
        return Failure{DS_BAD_CONFIGURATION, text<Text::not_a_certificate>(path)};
    return pem;
}

/// The library's body, and the key that files handed over by this phone will be signed with.
Result<std::string> with_signing_key(const Settings& settings, const std::string& body) {
    DOORSTEP_TRY_ASSIGN(const Secret storage_key, key_of_phone(settings));
    DOORSTEP_TRY_ASSIGN(const crypto::KeyPair pair, signing_key(storage_key));
    DOORSTEP_TRY_ASSIGN(nlohmann::json request, from_json_text(body));
    request["signing_key"] = to_hex(pair.public_key());
    return to_json_text(request);
}

/// The same body may be sent again, so an answer that was lost on the way costs nothing.
Result<std::string> ask(HttpsClient& server, const std::string& body) {
    const auto post = [&] { return body_of(server.post("/api/v1/enrol", "application/json", "", body)); };
    auto first = post();
    if (first || first.failure().retry == Retry::no) return first;
    return post();
}

}  // namespace

Result<std::string> run(const Enrol& enrol, const Context& context) {
    // Everything typed is checked before anything is made or sent.
    DOORSTEP_TRY(require_utf8(enrol.code, "--code"));
    DOORSTEP_TRY(require_utf8(enrol.server, "--server"));
    DOORSTEP_TRY_ASSIGN(const std::string server, server_address(enrol.server));
    DOORSTEP_TRY_ASSIGN(const std::string certificate, read_certificate(enrol.certificate_path));
    DOORSTEP_TRY_ASSIGN(HttpsClient client, HttpsClient::make(server, certificate));

    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_or_make_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(const std::string begun, phone.enrol_begin(enrol.code));
    DOORSTEP_TRY_ASSIGN(const std::string request, with_signing_key(context.settings, begun));
    DOORSTEP_TRY_ASSIGN(const std::string answer, ask(client, request));
    DOORSTEP_TRY(phone.enrol_finish(server, certificate, answer));
    if (context.settings.output == Output::json) return phone.outbox();
    return text<Text::enrolled>(context.settings.database);
}

}  // namespace doorstep::cli
