#include "server/authority.hpp"

#include "core/base/pem.hpp"
#include "core/base/sha256.hpp"
#include "server/files/atomic_file.hpp"

namespace doorstep::server {

Result<Hash> authority_in(const std::string& pem_path) {
    constexpr std::size_t bytes_max = 1024 * 1024;
    const auto pem = read_small_file(pem_path, bytes_max);
    const std::size_t last = pem ? pem.value().rfind("-----BEGIN CERTIFICATE-----") : std::string::npos;
    const auto certificate =
        last == std::string::npos ? Result<Bytes>(Error{}) : first_certificate(std::string_view(pem.value()).substr(last));
    if (!certificate) return Error{Errc::bad_configuration, "no certificate can be read in " + pem_path};
    return sha256(certificate.value());
}

}  // namespace doorstep::server
