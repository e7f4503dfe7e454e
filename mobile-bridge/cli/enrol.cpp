// Enrolment: the library says what to post and to sign; the office confirms, and then the same is said once more.
#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/device_key.hpp"
#include "mobile-bridge/cli/errand.hpp"
#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/https_client.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
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

}  // namespace

Result<std::string> run(const Enrol& enrol, const Context& context) {
    // Everything typed is checked before anything is made or sent.
    DOORSTEP_TRY(require_utf8(enrol.code, "--code"));
    DOORSTEP_TRY(require_utf8(enrol.server, "--server"));
    DOORSTEP_TRY_ASSIGN(const std::string server, server_address(enrol.server));
    DOORSTEP_TRY_ASSIGN(const std::string certificate, read_certificate(enrol.certificate_path));
    DOORSTEP_TRY_ASSIGN(HttpsClient client, HttpsClient::make(server, certificate));

    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_or_make_phone(context.settings));
    DOORSTEP_TRY_ASSIGN(const crypto::KeyPair key, device_key(context.settings));
    const auto once = [&] {
        return carry_out_steps(phone, client, key,
                               phone.enrol_begin(enrol.code, key.public_key(), server, certificate));
    };
    // The same may be said again, so an answer that was lost on the way costs nothing.
    Status enrolled = once();
    if (!enrolled && enrolled.failure().retry == Retry::once) enrolled = once();
    DOORSTEP_TRY(enrolled);
    static_cast<void>(let_in(phone, client, key));  // while there is a network; otherwise the next synchronisation does
    if (context.settings.output == Output::json) return phone.outbox();
    return text<Text::enrolled>(context.settings.database);
}

}  // namespace doorstep::cli
