// core/base/sha256.hpp -- SHA-256 (FIPS 180-4): commit hashes, part hashes, tokens. Checked against published vectors.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/id.hpp"
#include "core/base/sha256_blocks.hpp"

namespace doorstep {

/// Hashes bytes as they come. One use: finish() ends it.
class Sha256 {
public:
    Sha256& update(BytesView bytes);
    Hash finish();

private:
    Sha256State state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<unsigned char, 64> pending_{};
    std::uint64_t size_ = 0;
};

Hash sha256(BytesView bytes);

}  // namespace doorstep
