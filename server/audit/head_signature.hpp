// server/audit/head_signature.hpp -- ECDSA on P-256 with SHA-256 over a head of the audit chain.
#pragma once

#include "core/base/bytes.hpp"
#include "crypto/sealed_file.hpp"

namespace doorstep::server::audit {

/// DER. Errors: internal when OpenSSL fails.
Result<Bytes> sign_head(BytesView message, const crypto::KeyPair& keys);
bool is_signed_by(const crypto::KeyPair& keys, BytesView message, BytesView signature);

}  // namespace doorstep::server::audit
