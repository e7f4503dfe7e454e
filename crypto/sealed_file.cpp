#include "crypto/sealed_file.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>

#include <cstdint>
#include <vector>

namespace doorstep::crypto {
namespace {

// magic (8) · format (1) · sender (65) · one-time key (65) · size of what is sealed (4) · sealed, with its tag (16)
// · size of the signature (2) · signature in DER. Sizes are big-endian.
constexpr std::string_view magic = "DSTPSEAL";
constexpr char format = 1;
constexpr std::size_t head_bytes = 8 + 1 + 2 * public_key_bytes + 4, tag_bytes = 16, key_bytes = 32, nonce_bytes = 12;
constexpr const char* curve = "prime256v1";

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
using Number = Owned<BIGNUM, BN_clear_free>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

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

/// A key out of its public point and, where there is one, its private number.
EVP_PKEY* make_key(std::string_view public_key, const BIGNUM* number) {
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

/// Key and nonce for the one file, from what both ends can compute.
std::optional<std::string> shared_key(EVP_PKEY* own, std::string_view other_public_key, std::string_view one_time,
                                      std::string_view receiver) {
    if (other_public_key.size() != public_key_bytes || other_public_key[0] != 4) return std::nullopt;
    const Owned<EVP_PKEY, EVP_PKEY_free> other(make_key(other_public_key, nullptr));
    const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
    std::size_t size = key_bytes;
    std::string secret(size, '\0');
    if (!other || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
        EVP_PKEY_derive(context.get(), bytes(secret), &size) != 1 || size != secret.size())
        return std::nullopt;
    return hkdf(secret, std::string(one_time).append(receiver), "doorstep hand-over 1", key_bytes + nonce_bytes);
}

using Cipher = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

std::optional<std::string> encrypt(std::string_view key, std::string_view head, std::string_view content) {
    const Cipher cipher(EVP_CIPHER_CTX_new());
    std::string out(content.size() + tag_bytes, '\0');
    int size = 0;
    if (!cipher ||
        EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), bytes(key), bytes(key) + key_bytes, nullptr) != 1 ||
        EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(head), static_cast<int>(head.size())) != 1 ||
        EVP_EncryptUpdate(cipher.get(), bytes(out), &size, bytes(content), static_cast<int>(content.size())) != 1 ||
        EVP_EncryptFinal_ex(cipher.get(), bytes(out) + size, &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, out.data() + content.size()) != 1)
        return std::nullopt;
    return out;
}

std::optional<std::string> decrypt(std::string_view key, std::string_view head, std::string_view sealed) {
    const Cipher cipher(EVP_CIPHER_CTX_new());
    std::string out(sealed.size() - tag_bytes, '\0'), tag(sealed.substr(out.size()));
    int size = 0;
    if (!cipher ||
        EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), bytes(key), bytes(key) + key_bytes, nullptr) != 1 ||
        EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes(head), static_cast<int>(head.size())) != 1 ||
        EVP_DecryptUpdate(cipher.get(), bytes(out), &size, bytes(sealed), static_cast<int>(out.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(cipher.get(), bytes(out) + size, &size) != 1)
        return std::nullopt;
    return out;
}

std::optional<std::string> sign(EVP_PKEY* key, std::string_view message) {
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context || EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes(message), message.size()) != 1)
        return std::nullopt;
    std::string out(size, '\0');
    if (EVP_DigestSign(context.get(), bytes(out), &size, bytes(message), message.size()) != 1) return std::nullopt;
    out.resize(size);
    return out;
}

bool is_signed(std::string_view public_key, std::string_view message, std::string_view signature) {
    const Owned<EVP_PKEY, EVP_PKEY_free> key(public_key[0] == 4 ? make_key(public_key, nullptr) : nullptr);
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    return key && context &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

void append_number(std::string& out, std::size_t value, std::size_t size) {
    for (std::size_t i = size; i > 0; --i) out.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xff));
}

std::size_t number(std::string_view bytes_of) {
    std::size_t out = 0;
    for (const char byte : bytes_of) out = out << 8 | static_cast<unsigned char>(byte);
    return out;
}

}  // namespace

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
        hkdf({reinterpret_cast<const char*>(secret.data()), secret.size()}, "doorstep", purpose, key_bytes + 16);
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
    return take(make_key(public_key, number.get()));
}

std::optional<KeyPair> KeyPair::generate() { return take(EVP_EC_gen(curve)); }

std::optional<std::string> seal(std::string_view content, const KeyPair& sender, std::string_view receiver_public_key) {
    if (content.size() > 0x7fffff00) return std::nullopt;  // one call of OpenSSL takes an int
    const auto one_time = KeyPair::generate();
    if (!one_time) return std::nullopt;
    const auto key = shared_key(one_time->handle(), receiver_public_key, one_time->public_key(), receiver_public_key);
    std::string file(magic);
    file.push_back(format);
    file.append(sender.public_key()).append(one_time->public_key());
    append_number(file, content.size() + tag_bytes, 4);
    const auto sealed = key ? encrypt(*key, file, content) : std::nullopt;
    if (!sealed) return std::nullopt;
    file.append(*sealed);
    const auto signature = sign(sender.handle(), file);
    if (!signature) return std::nullopt;
    append_number(file, signature->size(), 2);
    return file.append(*signature);
}

Unsealed unseal(std::string_view file, const KeyPair& receiver) {
    if (file.size() < head_bytes + tag_bytes + 2 || file.substr(0, magic.size()) != magic) return {};
    if (file[magic.size()] != format) return {Unsealing::newer, {}, {}};
    const std::string_view head = file.substr(0, head_bytes);
    const std::string_view sender = head.substr(9, public_key_bytes), one_time = head.substr(74, public_key_bytes);
    const std::size_t size = number(head.substr(head_bytes - 4));
    if (size < tag_bytes || size > file.size() - head_bytes - 2) return {};
    const std::string_view message = file.substr(0, head_bytes + size), rest = file.substr(head_bytes + size);
    const std::string_view signature = rest.substr(2);
    if (number(rest.substr(0, 2)) != signature.size()) return {};
    if (!is_signed(sender, message, signature)) return {Unsealing::wrong_signature, {}, {}};
    const auto key = shared_key(receiver.handle(), one_time, one_time, receiver.public_key());
    auto content = key ? decrypt(*key, head, message.substr(head_bytes)) : std::nullopt;
    if (!content) return {Unsealing::not_for_us, {}, {}};
    return {Unsealing::done, std::move(*content), std::string(sender)};
}

}  // namespace doorstep::crypto
