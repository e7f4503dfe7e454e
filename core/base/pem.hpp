// core/base/pem.hpp -- certificates out of PEM text (RFC 7468), as bytes: enough to name one by its hash.
#pragma once

#include "core/base/bytes.hpp"

namespace doorstep {

/// The DER of the first certificate in the text, which may hold others and words between. Errors: invalid_argument when
/// there is none.
Result<Bytes> first_certificate(std::string_view pem);

}  // namespace doorstep
