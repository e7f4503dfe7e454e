// core/engine/blobs.hpp -- attachments: added in steps, named by an op, carried after all text, whole or not there.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/base/limits.hpp"
#include "core/model/value.hpp"
#include "core/store/blobs.hpp"
#include "core/store/store.hpp"

namespace doorstep {

struct Grant;

/// Where an attachment stands on this device.
struct BlobStanding {
    enum class Presence { unknown, not_here_yet, whole } presence = Presence::unknown;
    std::uint64_t size = 0, have = 0;
};

/// The attachments of one store. Each call is a transaction of its own and durable when it returns. Threads: none.
class BlobShelf {
public:
    /// bytes_max: what all attachments together may take up here.
    BlobShelf(Store& store, std::uint64_t bytes_max, std::uint64_t grace_ms = limits::former_scope_ms)
        : store_(&store), table_(store.database()), bytes_max_(bytes_max), grace_ms_(grace_ms) {}

    // Adding, in steps that the host can space out: every chunk of limits::chunk_bytes, the last one shorter. Its name
    // is known at the end, and counts once a save puts it into a field.
    Result<BlobNo> begin();
    /// Errors: not_found, invalid_argument (a chunk after a short one), value_too_large, quota_exceeded.
    Status append(BlobNo draft, BytesView chunk);
    /// Errors: not_found, invalid_argument (nothing was added, or no media type). The draft is gone after it.
    Result<BlobName> finish(BlobNo draft, const std::string& media);
    Status abandon(BlobNo draft);

    Result<BlobStanding> standing(const Hash& hash);
    /// Chunk n from 0 of a whole attachment. Errors: not_found; not_here_yet, also while only its end is missing.
    Result<Bytes> read(const Hash& hash, std::uint64_t n);

    /// Takes the chunk at an offset; what is here already has no effect. When the last one is here and the SHA-256 is
    /// another, nothing of it is kept. Errors: not_found (no op names it), chain_broken (bytes before it are missing),
    /// malformed (a chunk of the wrong length), digest_mismatch, quota_exceeded.
    Result<BlobRow> receive(const Hash& hash, std::uint64_t offset, BytesView chunk);
    /// Whether a request is for answer(), and not for Hub::exchange().
    static bool is_asked(BytesView request);
    /// Answers one message of a phone that carries attachments, in both directions. It is given what an op of a stream
    /// names that it may see, and takes what an op names that it may write, or that the office holds: anything else is
    /// not there. Errors: only those of the store.
    Result<Bytes> answer(const Grant& grant, BytesView request, std::uint64_t now_ms);

    /// Takes away attachments that no op in the log names any more, after an erasure. `in_forms`: those of words that
    /// are not saved yet. Reads the whole log: for rare events. Returns how many.
    Result<std::uint64_t> collect(const std::set<Hash>& in_forms);

    BlobTable& table() { return table_; }

private:
    Result<BlobRow> draft(BlobNo no);
    Status check_room(std::size_t bytes);
    Result<Hash> hash_of(const BlobRow& row);
    enum class Way { give, take };
    Result<std::optional<BlobRow>> find_for(const Grant& grant, const Hash& hash, Way way, std::uint64_t now_ms);

    Store* store_;
    BlobTable table_;
    std::uint64_t bytes_max_, grace_ms_;
};

/// Notes which attachments an admitted op of the stream names, so that they are asked for; without a stream, one of a
/// part that is held. Within the caller's transaction.
Status want_blob(Store& store, const Value& value, std::optional<StreamNo> stream);

/// A phone's side: offers what it has and asks for what it lacks, smallest first, one chunk a message. It may be
/// dropped after any step; another goes on where the bytes stand. Begin it when a synchronisation has left no text to
/// carry.
class BlobCourier {
public:
    explicit BlobCourier(BlobShelf shelf) : shelf_(std::move(shelf)) {}
    /// The first request; nullopt when there is nothing to carry.
    Result<std::optional<Bytes>> begin();
    /// The next request; nullopt at the end. Errors: malformed, digest_mismatch, quota_exceeded, and those of the
    /// store. What the server refuses or lacks is passed over until the next time.
    Result<std::optional<Bytes>> next(BytesView answer);

    std::uint64_t sent_bytes() const { return sent_bytes_; }
    std::uint64_t received_bytes() const { return received_bytes_; }

private:
    Result<std::optional<Bytes>> ask();
    Status take(BytesView answer);

    BlobShelf shelf_;
    std::optional<BlobRow> current_;
    enum class Way { up, down } way_ = Way::up;
    std::uint64_t offset_ = 0;
    enum class Asked { how_far, chunk } asked_ = Asked::how_far;
    std::set<Hash> passed_over_;
    std::uint64_t sent_bytes_ = 0, received_bytes_ = 0;
};

}  // namespace doorstep
