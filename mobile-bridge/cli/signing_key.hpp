// mobile-bridge/cli/signing_key.hpp -- the key that a phone signs handed-over files with; it follows from its key file.
#pragma once

#include "crypto/sealed_file.hpp"
#include "mobile-bridge/cli/key_file.hpp"

namespace doorstep::cli {

/// Errors: internal.
inline Result<crypto::KeyPair> signing_key(const Secret& storage_key) {
    auto pair = crypto::KeyPair::derive(storage_key.bytes, crypto::sign_purpose);
    if (!pair) return Failure{DS_INTERNAL, "no signing key"};
    return std::move(*pair);
}

/// Bytes as lower-case hexadecimal, and back; "" for what is none.
std::string to_hex(std::string_view bytes);
std::string from_hex(std::string_view hex);

}  // namespace doorstep::cli
