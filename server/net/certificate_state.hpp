// server/net/certificate_state.hpp -- how a certificate and its key are, for whoever looks after a server.
#pragma once

#include <ctime>
#include <filesystem>

#include "core/base/result.hpp"

namespace doorstep::server {

struct CertificateState {
    std::time_t not_before = 0, not_after = 0;  ///< seconds since 1970, UTC
};
/// The first certificate of the file. Errors: bad_configuration when a file cannot be read, is not PEM, or the key is
/// another certificate's; the detail names the file.
Result<CertificateState> certificate_state(const std::filesystem::path& certificate_pem,
                                           const std::filesystem::path& key_pem);

}  // namespace doorstep::server
