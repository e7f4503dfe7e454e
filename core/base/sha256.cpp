#include "core/base/sha256.hpp"

#include <algorithm>

namespace doorstep {

Sha256& Sha256::update(BytesView bytes) {
    const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t left = bytes.size();
    const std::size_t filled = static_cast<std::size_t>(size_ % 64);
    size_ += left;
    if (filled > 0) {
        const std::size_t take = std::min(left, 64 - filled);
        std::copy_n(p, take, pending_.begin() + static_cast<std::ptrdiff_t>(filled));
        p += take;
        left -= take;
        if (filled + take < 64) return *this;
        sha256_blocks(state_, pending_.data(), 1);
    }
    sha256_blocks(state_, p, left / 64);
    p += left / 64 * 64;
    std::copy_n(p, left % 64, pending_.begin());
    return *this;
}

Hash Sha256::finish() {
    // One bit, then zeros up to the 64-bit length that ends the last block.
    const std::uint64_t bits = size_ * 8;
    const std::size_t filled = static_cast<std::size_t>(size_ % 64), end = filled < 56 ? 64 : 128;
    unsigned char tail[128] = {};
    std::copy_n(pending_.begin(), filled, tail);
    tail[filled] = 0x80;
    for (std::size_t i = 0; i < 8; ++i) tail[end - 8 + i] = static_cast<unsigned char>(bits >> (56 - 8 * i));
    sha256_blocks(state_, tail, end / 64);
    Hash out;
    for (std::size_t i = 0; i < 32; ++i) out.bytes[i] = static_cast<char>(state_[i / 4] >> (24 - 8 * (i % 4)));
    return out;
}

Hash sha256(BytesView bytes) { return Sha256().update(bytes).finish(); }

}  // namespace doorstep
