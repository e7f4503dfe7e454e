// Hand-over without a network: the library gives the content, this seals it to the office's key and signs it.
#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/signing_key.hpp"
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

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        out.push_back(digits[value >> 4]);
        out.push_back(digits[value & 15]);
    }
    return out;
}

std::string from_hex(std::string_view hex) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const auto high = digits.find(hex[i]), low = digits.find(hex[i + 1]);
        if (high == digits.npos || low == digits.npos) return {};
        out.push_back(static_cast<char>(high << 4 | low));
    }
    return hex.size() % 2 == 0 ? out : std::string();
}

Result<std::string> run(const Export& to, const Context& context) {
    const Settings& settings = context.settings;
    DOORSTEP_TRY_ASSIGN(const Secret storage_key, key_of_phone(settings));
    DOORSTEP_TRY_ASSIGN(const crypto::KeyPair signer, signing_key(storage_key));
    DOORSTEP_TRY_ASSIGN(PhoneHandle phone, open_phone(settings));
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
