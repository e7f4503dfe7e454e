// tests/unit/core/support/mutations.hpp -- every small damage to some bytes, for checks of canonical encodings.
#pragma once

#include <functional>

#include "core/base/bytes.hpp"

namespace doorstep::test {

/// Visits every change of one byte to every other value, every truncation, and every extension by one byte.
inline void each_mutation(const Bytes& bytes, const std::function<void(const Bytes&)>& visit) {
    Bytes changed = bytes;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int flip = 1; flip < 256; ++flip) {
            changed[at] = static_cast<char>(bytes[at] ^ flip);
            visit(changed);
        }
        changed[at] = bytes[at];
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) visit(bytes.substr(0, size));
    for (int extra = 0; extra < 256; ++extra) visit(bytes + static_cast<char>(extra));
}

}  // namespace doorstep::test
