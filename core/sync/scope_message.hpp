// core/sync/scope_message.hpp -- the frames beside SCOPE, which is Scope::pack() from the server beside HEADS: the
// office tells the names of places, the phone what it has purged. encode() and decode() are inverse; decode() refuses
// with malformed.
#pragma once

#include <vector>

#include "core/model/area.hpp"
#include "core/model/divisions.hpp"

namespace doorstep {

/// NAMES, from the server when a phone whose scope grew asks: the divisions in the scope and above it.
struct Names {
    std::vector<Division> rows;  ///< ascending by code

    /// As many as fit limits::names_bytes_max; the rest is known to a phone that is enrolled anew.
    Bytes encode() const;
    static Result<Names> decode(BytesView payload);
};

/// PURGED, from a phone: of these streams nothing is left in its file. It says so as HEADS would: position 0, digest 0.
struct Purged {
    std::vector<Stream> streams;  ///< ascending

    Bytes encode() const;
    static Result<Purged> decode(BytesView payload);
};

}  // namespace doorstep
