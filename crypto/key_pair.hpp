// crypto/key_pair.hpp -- a key pair of P-256: what a phone shows who it is with, and what files are sealed to.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace doorstep::crypto {

/// From the host's key store.
using Secret = std::array<unsigned char, 32>;

inline constexpr std::size_t public_key_bytes = 65;  ///< uncompressed point: 04 · x · y

/// Threads: none; different pairs may be used at once.
class KeyPair {
public:
    /// One that follows from a secret, so that no other key needs keeping. `purpose` keeps keys of one secret apart.
    /// nullopt only when OpenSSL fails.
    static std::optional<KeyPair> derive(const Secret& secret, std::string_view purpose);
    static std::optional<KeyPair> generate();
    /// nullopt when that is no private key of P-256.
    static std::optional<KeyPair> from_pem(std::string_view pem);
    /// PKCS #8, not encrypted: for a file that only its owner may read. nullopt only when OpenSSL fails.
    std::optional<std::string> to_pem() const;
    const std::string& public_key() const { return public_key_; }
    evp_pkey_st* handle() const { return key_.get(); }

private:
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    KeyPair(std::unique_ptr<evp_pkey_st, Free> key, std::string public_key)
        : key_(std::move(key)), public_key_(std::move(public_key)) {}
    friend std::optional<KeyPair> take(evp_pkey_st* key);

    std::unique_ptr<evp_pkey_st, Free> key_;
    std::string public_key_;
};

}  // namespace doorstep::crypto
