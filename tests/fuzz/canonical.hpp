// tests/fuzz/canonical.hpp -- what every decoder promises: it refuses with a stable code or gives what encodes to the
// very bytes it read, and takes no more memory than a small multiple of them.
#pragma once

#include "core/base/result.hpp"
#include "tests/fuzz/allocation.hpp"
#include "tests/fuzz/target.hpp"

namespace doorstep::fuzz {

/// An item of a few bytes becomes a struct of a hundred, in a vector that doubles: 64 times the input, and a room for
/// what is there anyway (an error's text, a first block of a map).
inline constexpr std::size_t bytes_a_byte_max = 64, bytes_anyway_max = 4096;

inline void promise_bounded(const Allocations& allocations, std::size_t input_bytes, std::size_t factor_max) {
    const std::size_t peak = allocations.peak_bytes();
    promise(peak <= input_bytes * factor_max + bytes_anyway_max,
            std::to_string(input_bytes) + " bytes of input took " + std::to_string(peak) + " bytes of memory");
}

inline void promise_refusal(const Error& error) {
    const Errc expected[] = {Errc::malformed,        Errc::invalid_utf8, Errc::value_too_large, Errc::commit_too_large,
                             Errc::protocol_version, Errc::chain_broken, Errc::corrupt};
    for (const Errc code : expected)
        if (error.code == code) return;
    promise(false, "a decoder refuses with " + std::string(error_name(error.code)));
}

/// decode: BytesView to Result<T>. encode: T to Bytes.
template <class Decode, class Encode>
void look_canonical(BytesView bytes, const Decode& decode, const Encode& encode) {
    const Allocations allocations;
    const auto decoded = decode(bytes);
    promise_bounded(allocations, bytes.size(), bytes_a_byte_max);
    if (!decoded) return promise_refusal(decoded.error());
    const Bytes again = encode(decoded.value());
    promise(again == bytes,
            "it reads bytes that it would not have written: " + to_hex(bytes) + " instead of " + to_hex(again));
}

}  // namespace doorstep::fuzz
