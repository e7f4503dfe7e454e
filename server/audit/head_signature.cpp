#include "server/audit/head_signature.hpp"

#include <openssl/evp.h>

#include <memory>

namespace doorstep::server::audit {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* octets(BytesView text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Result<Bytes> sign_head(BytesView message, const crypto::KeyPair& keys) {
    const Error failed{Errc::internal, "the head of the audit chain cannot be signed"};
    const Context context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, keys.handle(), nullptr) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, octets(message), message.size()) != 1)
        return failed;
    Bytes out(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, octets(message),
                       message.size()) != 1)
        return failed;
    out.resize(size);
    return out;
}

bool is_signed_by(const crypto::KeyPair& keys, BytesView message, BytesView signature) {
    const Context context(EVP_MD_CTX_new());
    return context &&
           EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, keys.handle(), nullptr) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

}  // namespace doorstep::server::audit
