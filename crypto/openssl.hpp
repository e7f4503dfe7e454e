// crypto/openssl.hpp -- what the files of this folder share of OpenSSL. Private to it.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace doorstep::crypto {

template <auto free>
struct Deleter {
    template <class T>
    void operator()(T* p) const noexcept {
        free(p);
    }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, Deleter<free>>;
using Context = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Digest = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

inline const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
inline unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// HKDF-SHA-256 (RFC 5869). nullopt when OpenSSL fails.
std::optional<std::string> hkdf(std::string_view secret, std::string_view salt, std::string_view info,
                                std::size_t size);
/// A public key of its uncompressed point, to be freed; nullptr when that is not a point of P-256.
EVP_PKEY* key_of_point(std::string_view public_key);

}  // namespace doorstep::crypto
