// core/engine/entropy.hpp -- unguessable bytes out of a seed that the host draws from its system.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/codec.hpp"
#include "core/base/sha256.hpp"

namespace doorstep {

/// 256 bits from the system's random source, fresh at each opening: two copies of one file must never draw alike.
using EntropySeed = std::array<unsigned char, 32>;

/// SHA-256 over (seed, counter). Deterministic for one seed, so that a simulation replays. Threads: none.
class Entropy {
public:
    explicit Entropy(const EntropySeed& seed) : seed_(reinterpret_cast<const char*>(seed.data()), seed.size()) {}

    Hash draw32() {
        Bytes block = seed_;
        Writer(block).u64(counter_++);
        return sha256(block);
    }
    template <class Id>
    Id draw() {
        static_assert(Id::size <= Hash::size);
        const Hash bytes = draw32();
        Id id;
        std::memcpy(id.bytes.data(), bytes.bytes.data(), Id::size);
        return id;
    }

private:
    Bytes seed_;
    std::uint64_t counter_ = 0;
};

}  // namespace doorstep
