// core/model/commit.hpp -- what one user saved in one go: a header, and one part for each stream it touches.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clock/hlc.hpp"
#include "core/model/area.hpp"
#include "core/model/op.hpp"

namespace doorstep {

/// The writes to one record within a part.
struct RecordOps {
    RecordId record;
    std::uint32_t type = 0;  ///< record type, see schema.hpp
    std::vector<Op> ops;     ///< by field, then element; lines of a log stay in the order they were written
};

/// What a commit wrote to one stream. Its salt keeps its hash from being guessed by who may not see it.
struct Part {
    Stream stream;
    Salt salt;
    std::vector<RecordOps> records;  ///< ascending by record id

    /// Canonical bytes. The same part always packs to the same bytes.
    Bytes pack() const;
    /// Refuses anything that pack() would not have written. Errors: malformed, invalid_utf8, value_too_large.
    static Result<Part> unpack(BytesView bytes);
};

/// The stream that a packed part belongs to; reads no further. Errors: malformed.
Result<Stream> stream_of_part(BytesView packed_part);

/// Hash of a part's packed bytes: SHA-256 over bytes that hold the salt.
Hash part_hash(BytesView packed_part);

/// Covered by the commit's hash. Immutable, never rejected for its content.
struct Header {
    Dot dot;
    Hash previous;                   ///< hash of this replica's commit before, zero for the first: the chain
    Hlc hlc;                         ///< for display order only
    std::uint64_t wall_ms = 0;       ///< the device's wall clock when saved
    std::int64_t offset_ms = 0;      ///< what the device believed its clock to be off by, from the last sync
    std::string author;              ///< the staff account's name, 1 to 64 bytes of UTF-8
    std::uint32_t form_version = 1;  ///< of the schema the author's app used
    std::vector<Hash> parts;         ///< part_hash of each part

    Bytes pack() const;
    static Result<Header> unpack(BytesView bytes);
    Hash hash() const;  ///< the commit's identity: SHA-256 of pack()
};

/// A commit as one replica holds it. Parts stay packed: they are hashed, stored and forwarded as the bytes they were,
/// so what this version does not understand passes through whole.
struct Commit {
    Header header;
    std::vector<Bytes> parts;  ///< as many as header.parts; empty bytes: not visible here, or erased

    /// Whether each part that is here has the hash that the header names. Errors: malformed.
    Status check() const;
};

/// How a commit lies in a frame or a log row. Hashes that the reader can recompute are left out.
struct CommitContext {
    const ReplicaId* replica = nullptr;  ///< set when reader and writer both know whose commit follows
    std::uint64_t seq = 0;               ///< 0 or the seq that reader and writer both expect
    const Hash* previous = nullptr;      ///< set when reader and writer both know the hash before
    std::string_view author = {};        ///< set when reader and writer both know whose account it is likely to be
};
void write_commit(Writer& out, const Commit& commit, const CommitContext& context);
/// The part at this place of what write_commit() wrote, as the bytes it was; empty when it is not here. Checks no hash.
Result<BytesView> read_part(Reader in, const CommitContext& context, std::uint32_t place);
/// Reads one commit, recomputing what was left out. Errors: malformed, commit_too_large.
Result<Commit> read_commit(Reader& in, const CommitContext& context);

}  // namespace doorstep
