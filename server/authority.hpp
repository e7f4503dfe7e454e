// server/authority.hpp -- the certificate that phones trust, as the six digits of an enrolment have it.
#pragma once

#include <string>

#include "core/base/id.hpp"

namespace doorstep::server {

/// SHA-256 of the last certificate in a PEM file, as DER: of a chain the one that is nearest to the authority. Errors:
/// bad_configuration.
Result<Hash> authority_in(const std::string& pem_path);

}  // namespace doorstep::server
