// core/base/crc32c.hpp -- CRC-32C (Castagnoli, RFC 3720 appendix B.4): tells a damaged frame from a whole one.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace doorstep {

std::uint32_t crc32c(BytesView bytes);

}  // namespace doorstep
