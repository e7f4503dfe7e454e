// core/base/crc32c.hpp -- CRC-32C (Castagnoli, RFC 3720 appendix B.4): tells a damaged frame from a whole one.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace doorstep {

/// By the processor's own instructions if it has them.
std::uint32_t crc32c(BytesView bytes);
/// The same in plain C++, on every machine: what the other is tested against.
std::uint32_t crc32c_portable(BytesView bytes);

}  // namespace doorstep
