// core/model/digest.hpp -- additive 128-bit hash: equal digests of a stream mean the same commits at the same places.
#pragma once

#include <cstdint>

#include "core/base/codec.hpp"

namespace doorstep {

/// A sum modulo 2^128, so that one item is added or taken away in constant time and the sum over an interval of places
/// is the difference of two sums (docs/adr/0009).
/// Source: Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing", 1997 (AdHash).
struct Digest {
    std::uint64_t high = 0, low = 0;

    /// The first 128 bits of a hash as a number to add.
    static Digest of(const Hash& item);
    /// The same for an item at a place in an order, from 1: times 2 place + 1, so that two items that change places
    /// change the sum.
    static Digest at(std::uint64_t place, const Hash& item);
    Digest& operator+=(const Digest& other);
    Digest& operator-=(const Digest& other);

    void encode(Writer& out) const;  ///< 16 bytes, big-endian
    static Digest decode(Reader& in);
    std::string hex() const;

    friend bool operator==(const Digest& a, const Digest& b) { return a.high == b.high && a.low == b.low; }
    friend bool operator!=(const Digest& a, const Digest& b) { return !(a == b); }
};

}  // namespace doorstep
