// crypto/sealed_file.hpp -- a file that only its receiver can read and only its sender can have written: how a phone's
// words travel by hand (docs/handover.md). For hosts; core knows only the content.
// ECDH on P-256 with a key made for the one file, HKDF-SHA-256, AES-256-GCM; then ECDSA on P-256 with SHA-256 over all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/key_pair.hpp"

namespace doorstep::crypto {

inline constexpr std::string_view seal_purpose = "doorstep seal 1", sign_purpose = "doorstep sign 1";

/// nullopt when the receiver's key is not a point of the curve, or OpenSSL fails.
std::optional<std::string> seal(std::string_view content, const KeyPair& sender, std::string_view receiver_public_key);

enum class Unsealing {
    done,
    not_sealed,       ///< no file of ours, or cut
    newer,            ///< of a later format
    wrong_signature,  ///< changed since it was signed
    not_for_us,       ///< sealed to another key
};
struct Unsealed {
    Unsealing outcome = Unsealing::not_sealed;
    std::string content;  ///< when done
    std::string
        sender_public_key;  ///< when done: whoever has its private half wrote the file; who that is, the caller knows
};
Unsealed unseal(std::string_view file, const KeyPair& receiver);

}  // namespace doorstep::crypto
