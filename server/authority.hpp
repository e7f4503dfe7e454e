// server/authority.hpp -- the certificates that phones trust, now and next.
#pragma once

#include <string>

#include "server/storage/access_proof.hpp"

namespace doorstep::server {

/// The authority is the last certificate in its PEM file: of a chain the one that is nearest to it. next_pem_path: ""
/// when none is planned. Errors: bad_configuration when a file holds no certificate.
Result<Trust> trust_of(const std::string& authority_pem_path, const std::string& next_pem_path);

}  // namespace doorstep::server
