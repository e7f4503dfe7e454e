// core/sync/scope_message.hpp -- the frames that say what a phone may see: the office tells its scope and the names of
// its places, the phone tells what it has purged. encode() and decode() are inverse; decode() refuses with malformed.
#pragma once

#include <vector>

#include "core/model/divisions.hpp"
#include "core/model/scope.hpp"

namespace doorstep {

/// SCOPE, from the server beside HEADS: what the asking device may see now.
Bytes encode_scope(const Scope& scope);
Result<Scope> decode_scope(BytesView payload);

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
