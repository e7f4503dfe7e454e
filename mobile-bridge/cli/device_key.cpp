#include "mobile-bridge/cli/device_key.hpp"

#include <filesystem>

#include "crypto/sealed_file.hpp"
#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/key_file.hpp"

namespace doorstep::cli {
namespace {

constexpr std::size_t pem_bytes_max = 4 * 1024;
const Failure no_pair{DS_INTERNAL, "no key pair"};

/// phone.key has phone.device.pem beside it.
std::string path_of(const Settings& settings) {
    return std::filesystem::path(settings.key).replace_extension(".device.pem").string();
}

Status keep(const std::string& path, const std::optional<crypto::KeyPair>& pair) {
    const auto pem = pair ? pair->to_pem() : std::nullopt;
    return pem ? keep_once(path, *pem) : Status(no_pair);
}

}  // namespace

Status make_device_key(const Settings& settings) { return keep(path_of(settings), crypto::KeyPair::generate()); }

Result<crypto::KeyPair> device_key(const Settings& settings) {
    const std::string path = path_of(settings);
    if (std::error_code fault; !std::filesystem::exists(path, fault)) {
        DOORSTEP_TRY_ASSIGN(const Secret storage_key, read_key_file(settings.key));
        DOORSTEP_TRY(keep(path, crypto::KeyPair::derive(storage_key.bytes, crypto::sign_purpose)));
    }
    DOORSTEP_TRY_ASSIGN(const std::string pem, read_file(path, pem_bytes_max, DS_IO));
    auto pair = crypto::KeyPair::from_pem(pem);
    if (!pair) return Failure{DS_WRONG_KEY, text<Text::not_a_key>(path)};
    return std::move(*pair);
}

}  // namespace doorstep::cli
