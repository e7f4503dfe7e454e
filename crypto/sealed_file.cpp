#include "crypto/sealed_file.hpp"

#include <openssl/evp.h>

#include "crypto/openssl.hpp"
#include "crypto/signature.hpp"

namespace doorstep::crypto {
namespace {

// magic (8) · format (1) · sender (65) · one-time key (65) · size of what is sealed (4) · sealed, with its tag (16)
// · size of the signature (2) · signature in DER. Sizes are big-endian.
constexpr std::string_view magic = "DSTPSEAL";
constexpr char format = 1;
constexpr std::size_t head_bytes = 8 + 1 + 2 * public_key_bytes + 4, tag_bytes = 16, key_bytes = 32, nonce_bytes = 12;

/// Key and nonce for the one file, from what both ends can compute.
std::optional<std::string> shared_key(EVP_PKEY* own, std::string_view other_public_key, std::string_view one_time,
                                      std::string_view receiver) {
    const Owned<EVP_PKEY, EVP_PKEY_free> other(key_of_point(other_public_key));
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

void append_number(std::string& out, std::size_t value, std::size_t size) {
    for (std::size_t i = size; i > 0; --i) out.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xff));
}

std::size_t number(std::string_view bytes_of) {
    std::size_t out = 0;
    for (const char byte : bytes_of) out = out << 8 | static_cast<unsigned char>(byte);
    return out;
}

}  // namespace

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
    const auto signature = sign(sender, file);
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
