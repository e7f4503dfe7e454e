#include "crypto/sealed_block.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <memory>

namespace doorstep::crypto {
namespace {

constexpr std::size_t salt_bytes = 12, nonce_bytes = 12, tag_bytes = 16, head_bytes = salt_bytes + nonce_bytes;
static_assert(head_bytes + tag_bytes == sealed_block_bytes_more);

struct Free {
    void operator()(EVP_KDF* p) const noexcept { EVP_KDF_free(p); }
    void operator()(EVP_KDF_CTX* p) const noexcept { EVP_KDF_CTX_free(p); }
    void operator()(EVP_CIPHER_CTX* p) const noexcept { EVP_CIPHER_CTX_free(p); }
};

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::optional<Secret> hkdf(const Secret& secret, std::string_view salt, std::string_view info) {
    const std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const std::unique_ptr<EVP_KDF_CTX, Free> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    Secret key = secret, out{};
    std::string digest = "SHA256", salted(salt), purpose(info);
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
                                 OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                                 OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salted.data(), salted.size()),
                                 OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, purpose.data(), purpose.size()),
                                 OSSL_PARAM_construct_end()};
    if (!context || EVP_KDF_derive(context.get(), out.data(), out.size(), params) != 1) return std::nullopt;
    return out;
}

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free>;

}  // namespace

std::optional<std::string> draw_bytes(std::size_t size) {
    std::string out(size, '\0');
    if (RAND_bytes(bytes(out), static_cast<int>(size)) != 1) return std::nullopt;
    return out;
}

std::optional<Secret> derive_secret(const Secret& secret, std::string_view purpose) {
    return hkdf(secret, {}, purpose);
}

std::optional<std::string> seal_block(const Secret& key, std::string_view place, std::string_view content) {
    std::string out(head_bytes + content.size() + tag_bytes, '\0');
    if (RAND_bytes(bytes(out), static_cast<int>(head_bytes)) != 1) return std::nullopt;
    const auto own = hkdf(key, std::string_view(out).substr(0, salt_bytes), "doorstep block 1");
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    if (!own || !cipher ||
        EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), own->data(), bytes(out) + salt_bytes, nullptr) != 1 ||
        EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(place), static_cast<int>(place.size())) != 1 ||
        EVP_EncryptUpdate(cipher.get(), bytes(out) + head_bytes, &size, bytes(content),
                          static_cast<int>(content.size())) != 1 ||
        EVP_EncryptFinal_ex(cipher.get(), bytes(out) + head_bytes + size, &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, out.data() + out.size() - tag_bytes) != 1)
        return std::nullopt;
    return out;
}

std::optional<std::string> open_block(const Secret& key, std::string_view place, std::string_view sealed) {
    if (sealed.size() < sealed_block_bytes_more) return std::nullopt;
    const auto own = hkdf(key, sealed.substr(0, salt_bytes), "doorstep block 1");
    const std::string_view content = sealed.substr(head_bytes, sealed.size() - sealed_block_bytes_more);
    std::string out(content.size(), '\0'), tag(sealed.substr(sealed.size() - tag_bytes));
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    if (!own || !cipher ||
        EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), own->data(), bytes(sealed) + salt_bytes, nullptr) != 1 ||
        EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes(place), static_cast<int>(place.size())) != 1 ||
        EVP_DecryptUpdate(cipher.get(), bytes(out), &size, bytes(content), static_cast<int>(content.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(cipher.get(), bytes(out) + size, &size) != 1)
        return std::nullopt;
    return out;
}

}  // namespace doorstep::crypto
