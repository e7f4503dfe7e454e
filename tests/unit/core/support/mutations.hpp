// tests/unit/core/support/mutations.hpp -- every small damage to some bytes, for checks of canonical encodings.
#pragma once

#include <functional>
#include <initializer_list>

#include "core/base/bytes.hpp"

namespace doorstep::test {

/// Visits every truncation, and every extension by one byte.
inline void each_other_length(const Bytes& bytes, const std::function<void(const Bytes&)>& look) {
    for (std::size_t size = 0; size < bytes.size(); ++size) look(bytes.substr(0, size));
    for (int extra = 0; extra < 256; ++extra) look(bytes + static_cast<char>(extra));
}

/// The same, and every change of one byte to every other value.
inline void each_mutation(const Bytes& bytes, const std::function<void(const Bytes&)>& look) {
    Bytes changed = bytes;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int flip = 1; flip < 256; ++flip) {
            changed[at] = static_cast<char>(bytes[at] ^ flip);
            look(changed);
        }
        changed[at] = bytes[at];
    }
    each_other_length(bytes, look);
}

/// For longer bytes: of each byte only every flipped bit, the numbers beside it, and all zeros and ones.
inline void each_likely_mutation(const Bytes& bytes, const std::function<void(const Bytes&)>& look) {
    Bytes changed = bytes;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const int was = static_cast<unsigned char>(bytes[at]);
        for (const int now :
             {was ^ 1, was ^ 2, was ^ 4, was ^ 8, was ^ 16, was ^ 32, was ^ 64, was ^ 128, was + 1, was - 1, 0, 255}) {
            changed[at] = static_cast<char>(now);
            if (changed[at] != bytes[at]) look(changed);
        }
        changed[at] = bytes[at];
    }
    each_other_length(bytes, look);
}

}  // namespace doorstep::test
