// core/sync/reconcile_message.hpp -- the frames by which two sides that disagree on a stream find where, and mend it:
// RANGES and DIFFERS find it, OFFER, WANTED and BRING give the server what it lost, FETCH gives the phone the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/model/commit.hpp"
#include "core/model/digest.hpp"

namespace doorstep {

/// The digest over a stream's positions 1 … position, as one side has them.
struct Point {
    std::uint64_t position = 0;
    Digest digest;
};

/// Asks which of the intervals between neighbouring points are not the server's.
struct Ranges {
    Stream stream;
    std::vector<Point> points;  ///< 2 or more, ascending by position

    Bytes encode() const;
    /// Errors: malformed.
    static Result<Ranges> decode(BytesView payload);
};

/// Answers RANGES, and a PULL whose digest is not the server's (then its interval 0 is all up to the cursor).
struct Differs {
    Stream stream;
    std::uint64_t head = 0;                ///< where the stream ends on the server
    std::vector<std::uint32_t> intervals;  ///< ascending; number n lies between points n and n + 1

    Bytes encode() const;
    static Result<Differs> decode(BytesView payload);
};

/// Names commits that the phone has in places where the server has others.
struct Offer {
    struct Item {
        Dot dot;
        HashHead hash;
    };
    Stream stream;
    std::vector<Item> items;  ///< 1 or more, in the phone's order of the stream

    Bytes encode() const;
    static Result<Offer> decode(BytesView payload);
};

/// Those of an OFFER that the server lacks.
struct Wanted {
    Stream stream;
    std::vector<std::uint32_t> items;  ///< ascending places in the offer, from 0

    Bytes encode() const;
    static Result<Wanted> decode(BytesView payload);
};

/// What the server said of a stream's order: HMAC-SHA-256 under its receipt key over the chain there
/// (core/model/stream_chain.hpp). A phone keeps it and shows it with a BRING; it may be passed over.
struct Receipt {
    Stream stream;
    std::uint64_t position = 0;
    std::uint64_t backed_up = 0;  ///< positions of the stream up to here are in a backup
    Hash tag;

    Bytes encode() const;
    static Result<Receipt> decode(BytesView payload);
};

/// Wanted commits within a run of the stream's former order that ends where a receipt was given. The others of the run
/// are named by their hash, so that the server can follow the chain from `base` to the receipt.
struct Bring {
    /// A commit that is wanted, as this phone may see it, or the hash of one that is not.
    using Entry = std::variant<Hash, Commit>;
    Stream stream;
    std::uint64_t after = 0;  ///< position before the first entry
    Hash base;                ///< the chain there
    std::optional<Hash> tag;  ///< of the receipt at the last entry; without it the server can verify nothing
    std::vector<Entry> entries;

    Bytes encode() const;
    static Result<Bring> decode(BytesView payload);
};

/// Asks for positions after + 1 … upto as the server has them, whatever this side has there.
struct Fetch {
    Stream stream;
    std::uint64_t after = 0, upto = 0;

    Bytes encode() const;
    static Result<Fetch> decode(BytesView payload);
};

}  // namespace doorstep
