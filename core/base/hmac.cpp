#include "core/base/hmac.hpp"

namespace doorstep {
namespace {

constexpr std::size_t block_bytes = 64;

Bytes padded(const Bytes& key, unsigned char pad) {
    Bytes block(block_bytes, static_cast<char>(pad));
    for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
    return block;
}

}  // namespace

Hash hmac_sha256(BytesView key, BytesView message) {
    const Bytes short_key = key.size() > block_bytes ? Bytes(sha256(key).view()) : Bytes(key);
    Sha256 inner, outer;
    const Hash inside = inner.update(padded(short_key, 0x36)).update(message).finish();
    return outer.update(padded(short_key, 0x5c)).update(inside.view()).finish();
}

bool same_tag(const Hash& a, const Hash& b) {
    unsigned char differs = 0;
    for (std::size_t i = 0; i < Hash::size; ++i)
        differs = static_cast<unsigned char>(differs | (a.bytes[i] ^ b.bytes[i]));
    return differs == 0;
}

}  // namespace doorstep
