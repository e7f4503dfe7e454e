// server/net/x509.hpp -- making, writing and reading certificates and keys: OpenSSL's handles as C++ values.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace doorstep::server {

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeCertificate {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

/// What a new certificate says. Extension values are in the notation of openssl's x509v3_config(5).
struct CertificateText {
    std::string common_name;
    std::string basic_constraints, key_usage;
    std::string extended_key_usage, subject_alt_name;  ///< "": none
    std::time_t not_before = 0, not_after = 0;         ///< seconds since 1970, UTC
};
/// Who signs: a CA's certificate and key; both null for one that signs itself.
struct Issuer {
    X509* certificate = nullptr;
    EVP_PKEY* key = nullptr;
};

/// A fresh P-256 key.
Result<Key> make_key();
/// Signed with ECDSA and SHA-256, under a random 127-bit serial number.
Result<Certificate> make_certificate(const CertificateText& text, EVP_PKEY* key, const Issuer& issuer);

Result<std::string> to_pem(X509* certificate);
/// PKCS #8, not encrypted: the file's permissions guard it.
Result<std::string> to_pem(EVP_PKEY* key);
/// malformed: not PEM of that kind.
Result<Certificate> certificate_from_pem(std::string_view pem);
Result<Key> key_from_pem(std::string_view pem);
/// 64 lower-case hex digits of the DER form's SHA-256.
Result<std::string> sha256_hex(X509* certificate);

}  // namespace doorstep::server
