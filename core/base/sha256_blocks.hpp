// core/base/sha256_blocks.hpp -- SHA-256's compression of whole blocks, by the processor's own instructions if it has
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace doorstep {

/// The eight words a … h of FIPS 180-4.
using Sha256State = std::array<std::uint32_t, 8>;

/// Takes in `count` blocks of 64 bytes.
void sha256_blocks(Sha256State& state, const unsigned char* blocks, std::size_t count);
/// The same in plain C++, on every machine: what the other is tested against.
void sha256_blocks_portable(Sha256State& state, const unsigned char* blocks, std::size_t count);

}  // namespace doorstep
