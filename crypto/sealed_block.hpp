// crypto/sealed_block.hpp -- bytes that leave the machine and come back: encrypted and bound to their place under one
// key. AES-256-GCM (NIST SP 800-38D). Knows nothing of ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/sealed_file.hpp"

namespace doorstep::crypto {

inline constexpr std::size_t sealed_block_bytes_more = 40;  ///< what sealing adds

/// Unguessable bytes from the system. nullopt when it gives none.
std::optional<std::string> draw_bytes(std::size_t size);
/// A key for one purpose that follows from a secret. nullopt only when OpenSSL fails.
std::optional<Secret> derive_secret(const Secret& secret, std::string_view purpose);
/// `place` is not kept: who opens the block must name the same. Any number of blocks may be sealed under one key, since
/// each draws 192 random bits: half of them make its own key. nullopt when OpenSSL fails.
std::optional<std::string> seal_block(const Secret& key, std::string_view place, std::string_view content);
/// nullopt when it was sealed under another key or for another place, was changed, or OpenSSL fails.
std::optional<std::string> open_block(const Secret& key, std::string_view place, std::string_view sealed);

}  // namespace doorstep::crypto
