// core/base/id.hpp -- fixed-size identifiers that cannot be mixed up.
#pragma once

#include <array>
#include <cstring>

#include "core/base/bytes.hpp"

namespace doorstep {

/// N opaque bytes, ordered as unsigned bytes. Tag keeps kinds apart at compile time.
template <class Tag, std::size_t N>
struct FixedBytes {
    static constexpr std::size_t size = N;
    std::array<char, N> bytes{};

    BytesView view() const { return {bytes.data(), N}; }
    std::string hex() const { return to_hex(view()); }
    bool is_zero() const { return *this == FixedBytes{}; }

    /// Exactly N bytes. Errors: malformed.
    static Result<FixedBytes> from(BytesView from) {
        if (from.size() != N) return Error{Errc::malformed, "identifier has the wrong length"};
        FixedBytes out;
        std::memcpy(out.bytes.data(), from.data(), N);
        return out;
    }
    /// 2 x N hexadecimal digits. Errors: invalid_argument.
    static Result<FixedBytes> from_hex(std::string_view hex) {
        auto raw = ::doorstep::from_hex(hex);
        if (!raw || raw.value().size() != N)
            return Error{Errc::invalid_argument, "an id here has " + std::to_string(N * 2) + " hexadecimal digits"};
        return from(raw.value());
    }

    friend bool operator==(const FixedBytes& a, const FixedBytes& b) { return a.bytes == b.bytes; }
    friend bool operator!=(const FixedBytes& a, const FixedBytes& b) { return !(a == b); }
    friend bool operator<(const FixedBytes& a, const FixedBytes& b) {
        return std::memcmp(a.bytes.data(), b.bytes.data(), N) < 0;
    }
};

/// One database file of one user on one device; minted again when a restore or a clone is seen.
using ReplicaId = FixedBytes<struct ReplicaTag, 16>;
/// One record. Time-ordered: 48 bits of milliseconds, then 80 bits that nobody can guess (model/record_id.hpp).
using RecordId = FixedBytes<struct RecordTag, 16>;
/// One life of the server's history; changes when it is restored from a backup.
using EpochId = FixedBytes<struct EpochTag, 8>;
/// Makes a part's hash unguessable for who may not see the part.
using Salt = FixedBytes<struct SaltTag, 16>;
/// SHA-256.
using Hash = FixedBytes<struct HashTag, 32>;
/// The first half of a hash, where telling two histories of one replica apart is enough.
using HashHead = FixedBytes<struct HashHeadTag, 16>;

inline HashHead head_of(const Hash& hash) { return HashHead::from(hash.view().substr(0, HashHead::size)).value(); }

}  // namespace doorstep
