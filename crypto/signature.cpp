#include "crypto/signature.hpp"

#include "crypto/openssl.hpp"

namespace doorstep::crypto {

std::optional<std::string> sign(const KeyPair& keys, std::string_view message) {
    const Digest context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, keys.handle(), nullptr) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes(message), message.size()) != 1)
        return std::nullopt;
    std::string out(size, '\0');
    if (EVP_DigestSign(context.get(), bytes(out), &size, bytes(message), message.size()) != 1) return std::nullopt;
    out.resize(size);
    return out;
}

bool is_signed(std::string_view public_key, std::string_view message, std::string_view signature) {
    const Owned<EVP_PKEY, EVP_PKEY_free> key(key_of_point(public_key));
    const Digest context(EVP_MD_CTX_new());
    return key && context &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

}  // namespace doorstep::crypto
