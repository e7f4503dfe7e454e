// Hand-over without a network: the library gives the content, this seals it to the office's key and signs it.
#include <nlohmann/json.hpp>

#include "crypto/sealed_file.hpp"
#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/device_key.hpp"
#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/hex.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

Result<std::string> sealing_key(PhoneHandle& phone) {
    DOORSTEP_TRY_ASSIGN(const std::string answer, phone.connection());
    DOORSTEP_TRY_ASSIGN(const json connection, from_json_text(answer));
    std::string key = from_hex(connection.value("sealing_key", std::string()));
    if (key.empty()) return Failure{DS_NOT_ENROLLED, text<Text::no_sealing_key>()};
    return key;
}

}  // namespace

Result<std::string> run(const Export& to, const Context& context) {
    const Settings& settings = context.settings;
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(settings));
    DOORSTEP_TRY_ASSIGN(const crypto::KeyPair signer, device_key(settings));
    DOORSTEP_TRY_ASSIGN(const std::string receiver, sealing_key(phone));
    DOORSTEP_TRY_ASSIGN(const PhoneHandle::HandedOver handed, phone.hand_over(to.after_seq));
    DOORSTEP_TRY_ASSIGN(const json range, from_json_text(handed.json));
    if (handed.content.empty()) return settings.output == Output::json ? handed.json : text<Text::nothing_to_export>();
    const auto file = crypto::seal(handed.content, signer, receiver);
    if (!file) return Failure{DS_INTERNAL, text<Text::cannot_seal>()};
    DOORSTEP_TRY(write_new_file(to.file, *file));
    if (settings.output == Output::json) return handed.json;
    const auto count = [&](const char* key) { return range.value(key, std::uint64_t{0}); };
    std::string out = text<Text::exported>(count("from"), count("to"), printable(to.file));
    if (count("to") < count("top")) out += "\n" + text<Text::exported_more>(count("top") - count("to"), count("to"));
    return out;
}

}  // namespace doorstep::cli
