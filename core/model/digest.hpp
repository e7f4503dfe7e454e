// core/model/digest.hpp -- additive 128-bit multiset hash: equal digests and counts mean equal sets of commits.
#pragma once

#include <cstdint>

#include "core/base/codec.hpp"

namespace doorstep {

/// A sum modulo 2^128, so that order does not matter and one item is added or taken away in constant time.
/// Source: Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing", 1997 (AdHash).
struct Digest {
    std::uint64_t high = 0, low = 0;

    /// The first 128 bits of a hash as a number to add.
    static Digest of(const Hash& item);
    Digest& operator+=(const Digest& other);
    Digest& operator-=(const Digest& other);

    void encode(Writer& out) const;  ///< 16 bytes, big-endian
    static Digest decode(Reader& in);
    std::string hex() const;

    friend bool operator==(const Digest& a, const Digest& b) { return a.high == b.high && a.low == b.low; }
    friend bool operator!=(const Digest& a, const Digest& b) { return !(a == b); }
};

}  // namespace doorstep
