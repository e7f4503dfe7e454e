#include "crypto/key_pair.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "crypto/openssl.hpp"

namespace doorstep::crypto {
namespace {

constexpr const char* curve = "prime256v1";
constexpr std::size_t number_bytes = 32;  // of a private key

using Number = Owned<BIGNUM, BN_clear_free>;
using Memory = Owned<BIO, BIO_free>;

/// A key out of its public point and, where there is one, its private number.
EVP_PKEY* key_of(std::string_view public_key, const BIGNUM* number) {
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
    const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    if (!build || !context || OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, public_key.data(), public_key.size()) !=
            1 ||
        (number && OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, number) != 1))
        return nullptr;
    const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(build.get()));
    EVP_PKEY* key = nullptr;
    const int selection = number ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (!params || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1)
        return nullptr;
    return key;
}

/// The point as 04 · x · y; "" when OpenSSL fails.
std::string public_point(EVP_PKEY* key) {
    std::string out(public_key_bytes, '\0');
    std::size_t size = 0;
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, bytes(out), out.size(), &size) != 1 ||
        size != out.size())
        return {};
    return out;
}

}  // namespace

std::optional<std::string> hkdf(std::string_view secret, std::string_view salt, std::string_view info,
                                std::size_t size) {
    const Owned<EVP_KDF, EVP_KDF_free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const Owned<EVP_KDF_CTX, EVP_KDF_CTX_free> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    std::string digest = "SHA256", key(secret), salted(salt), purpose(info), out(size, '\0');
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
                                 OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                                 OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salted.data(), salted.size()),
                                 OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, purpose.data(), purpose.size()),
                                 OSSL_PARAM_construct_end()};
    if (!context || EVP_KDF_derive(context.get(), bytes(out), out.size(), params) != 1) return std::nullopt;
    return out;
}

EVP_PKEY* key_of_point(std::string_view public_key) {
    return public_key.size() == public_key_bytes && public_key[0] == 4 ? key_of(public_key, nullptr) : nullptr;
}

void KeyPair::Free::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

std::optional<KeyPair> take(evp_pkey_st* key) {
    std::unique_ptr<evp_pkey_st, KeyPair::Free> owned(key);
    std::string point = key ? public_point(key) : std::string();
    if (point.empty()) return std::nullopt;
    return KeyPair(std::move(owned), std::move(point));
}

std::optional<KeyPair> KeyPair::derive(const Secret& secret, std::string_view purpose) {
    // 48 bytes modulo the order: no bias that anybody could measure (NIST SP 800-56A, 5.6.1.2.1).
    const auto wide =
        hkdf({reinterpret_cast<const char*>(secret.data()), secret.size()}, "doorstep", purpose, number_bytes + 16);
    const Owned<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const Owned<BN_CTX, BN_CTX_free> scratch(BN_CTX_new());
    const Owned<EC_POINT, EC_POINT_free> point(group ? EC_POINT_new(group.get()) : nullptr);
    if (!wide || !scratch || !point) return std::nullopt;
    const Number number(BN_bin2bn(bytes(*wide), static_cast<int>(wide->size()), nullptr));
    const Number below(BN_dup(EC_GROUP_get0_order(group.get())));
    std::string public_key(public_key_bytes, '\0');
    if (!number || !below || BN_sub_word(below.get(), 1) != 1 ||
        BN_mod(number.get(), number.get(), below.get(), scratch.get()) != 1 || BN_add_word(number.get(), 1) != 1 ||
        EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, scratch.get()) != 1 ||
        EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes(public_key),
                           public_key.size(), scratch.get()) != public_key.size())
        return std::nullopt;
    return take(key_of(public_key, number.get()));
}

std::optional<KeyPair> KeyPair::generate() { return take(EVP_EC_gen(curve)); }

std::optional<KeyPair> KeyPair::from_pem(std::string_view pem) {
    const Memory in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Owned<EVP_PKEY, EVP_PKEY_free> key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr) : nullptr);
    std::array<char, 32> group{};
    if (!key || EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1 ||
        std::string_view(group.data()) != curve)
        return std::nullopt;
    return take(key.release());
}

std::optional<std::string> KeyPair::to_pem() const {
    const Memory out(BIO_new(BIO_s_secmem()));
    char* data = nullptr;
    if (!out || PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return std::nullopt;
    const long size = BIO_get_mem_data(out.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace doorstep::crypto
