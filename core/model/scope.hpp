// core/model/scope.hpp -- what somebody may see and write: areas with all below them, and compartments within these.
// The one place that decides it: the office's answers, its admission and the phone's own checks all ask here.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/area.hpp"
#include "core/model/digest.hpp"

namespace doorstep {

/// Empty: nothing at all. A compartment never widens the areas: both must be granted.
struct Scope {
    std::vector<Area> areas;                                                               ///< subtrees
    enum class Restricted : std::uint8_t { no = 0, yes = 1 } restricted = Restricted::no;  ///< the right to see it
    std::vector<RecordId> sealed = {};  ///< matters, by name, whose sealed compartment is open to the holder

    /// Whether the stream is there for the holder: what is outside is absent, not masked. The forms of an area are for
    /// everybody who works in it, below it or above it.
    bool covers(const Stream& stream) const;
    /// Whether the holder may write into it. Forms are the office's to write.
    bool writes(const Stream& stream) const;

    /// Where what is there for the holder lies among the keys of streams, beside some that is not: ascending, apart.
    std::vector<KeyRange> key_ranges() const;

    /// In one order and without repeats, whatever the order of the lists: equal scopes are equal bytes.
    void encode(Writer& out) const;
    static Scope decode(Reader& in);               ///< a bad one, or one over its limits, fails the reader
    Bytes pack() const;                            ///< encode() alone
    static Result<Scope> unpack(BytesView bytes);  ///< Errors: malformed.
    Digest digest() const;                         ///< of pack(): phone and office compare with it
};

bool operator==(const Scope& a, const Scope& b);
inline bool operator!=(const Scope& a, const Scope& b) { return !(a == b); }

}  // namespace doorstep
