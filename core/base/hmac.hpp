// core/base/hmac.hpp -- HMAC-SHA-256 (RFC 2104): what only the holder of a key can have said. Vectors of RFC 4231.
#pragma once

#include "core/base/sha256.hpp"

namespace doorstep {

/// A key longer than 64 bytes stands for its hash.
Hash hmac_sha256(BytesView key, BytesView message);

/// Whether two tags are the same, in a time that does not tell where they differ.
bool same_tag(const Hash& a, const Hash& b);

}  // namespace doorstep
