// crypto/signature.hpp -- ECDSA on P-256 with SHA-256, in DER: what platforms' key stores make.
#pragma once

#include "crypto/key_pair.hpp"

namespace doorstep::crypto {

inline constexpr std::size_t signature_bytes_max = 72;  ///< two numbers of 33 bytes at most, and what DER adds

/// nullopt only when OpenSSL fails. Two signatures of one message differ.
std::optional<std::string> sign(const KeyPair& keys, std::string_view message);
/// Whether the holder of this key signed it; no for bytes that are no key, or no signature.
bool is_signed(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace doorstep::crypto
