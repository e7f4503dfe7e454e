#include "server/authority.hpp"

#include "core/base/pem.hpp"
#include "core/base/sha256.hpp"
#include "server/files/atomic_file.hpp"

namespace doorstep::server {
namespace {

/// The file from the last certificate in it on.
Result<std::string> last_certificate(const std::string& path) {
    constexpr std::size_t bytes_max = 64 * 1024;
    const auto pem = read_small_file(path, bytes_max);
    const std::size_t begin = pem ? pem.value().rfind("-----BEGIN CERTIFICATE-----") : std::string::npos;
    if (begin == std::string::npos || !first_certificate(pem.value().substr(begin)))
        return Error{Errc::bad_configuration, "no certificate can be read in " + path};
    return pem.value().substr(begin);
}

}  // namespace

Result<Trust> trust_of(const std::string& authority_pem_path, const std::string& next_pem_path) {
    Trust out;
    DOORSTEP_TRY_ASSIGN(const std::string present, last_certificate(authority_pem_path));
    DOORSTEP_TRY_ASSIGN(const Bytes certificate, first_certificate(present));
    out.authority = sha256(certificate);
    if (!next_pem_path.empty()) {
        DOORSTEP_TRY_ASSIGN(out.next_authority_pem, last_certificate(next_pem_path));
    }
    return out;
}

}  // namespace doorstep::server
