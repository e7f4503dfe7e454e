#include "server/net/certificate_state.hpp"

#include <openssl/err.h>

#include "server/files/atomic_file.hpp"
#include "server/net/x509.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t pem_bytes_max = 256 * 1024;

Error unusable(const std::filesystem::path& path, const std::string& why) {
    return Error{Errc::bad_configuration, path.string() + ": " + why};
}

Result<std::string> read_pem(const std::filesystem::path& path) {
    auto text = read_small_file(path, pem_bytes_max);
    if (!text) return unusable(path, text.error().detail);
    return text;
}

/// A time without a zone is UTC here.
std::time_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

}  // namespace

Result<CertificateState> certificate_state(const std::filesystem::path& certificate_pem,
                                           const std::filesystem::path& key_pem) {
    DOORSTEP_TRY_ASSIGN(const std::string certificate_text, read_pem(certificate_pem));
    DOORSTEP_TRY_ASSIGN(const std::string key_text, read_pem(key_pem));
    const auto certificate = certificate_from_pem(certificate_text);
    if (!certificate) return unusable(certificate_pem, certificate.error().detail);
    const auto key = key_from_pem(key_text);
    if (!key) return unusable(key_pem, key.error().detail);
    const bool matching = X509_check_private_key(certificate.value().get(), key.value().get()) == 1;
    ERR_clear_error();
    if (!matching) return unusable(key_pem, "it is not the key of " + certificate_pem.string());
    return CertificateState{seconds_of(X509_get0_notBefore(certificate.value().get())),
                            seconds_of(X509_get0_notAfter(certificate.value().get()))};
}

}  // namespace doorstep::server
