// core/store/blobs.hpp -- attachments in chunks: each chunk once, whoever uses it; an attachment whole, or on its way.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "core/base/id.hpp"
#include "core/store/store.hpp"

namespace doorstep {

using BlobNo = std::int64_t;  ///< stands for an attachment in this file; never leaves it

struct BlobRow {
    BlobNo no = 0;
    std::optional<Hash> hash;  ///< nullopt while it is being added
    std::uint64_t size = 0;    ///< in all, as its name says; 0 while it is being added
    std::uint64_t have = 0;    ///< bytes that are here, from the beginning on
    enum class State : std::uint8_t { partial = 0, whole = 1 } state = State::partial;
};

/// Every call is one statement or a few, without a transaction of its own. Errors: those of the store.
class BlobTable {
public:
    explicit BlobTable(Database& db) : db_(db) {}

    Result<std::optional<BlobRow>> find(const Hash& hash);
    Result<std::optional<BlobRow>> find(BlobNo no);
    Result<BlobNo> add_nameless();
    /// Notes that an op names it; makes nothing when it is known.
    Status want(const Hash& hash, std::uint64_t size);
    /// Notes that an op of this stream names it.
    Status note_stream(const Hash& hash, StreamNo stream);
    static constexpr StreamNo held_parts = 0;  ///< stands for the parts that the office holds, of whatever stream
    Result<std::vector<StreamNo>> streams_of(BlobNo no);  ///< those whose ops name it
    Status forget_stream(BlobNo no, StreamNo stream);     ///< whose ops name it no longer
    /// Copies one with its number and its bytes to a table that has none of the number.
    Status copy_to(BlobTable& other, const BlobRow& row);
    /// Appends a chunk to what is here. The same bytes are stored once, however many attachments hold them.
    Status append(BlobRow& row, BytesView chunk);
    /// Chunk n from 0. Errors: corrupt when it is not there.
    Result<Bytes> chunk(BlobNo no, std::uint64_t n);
    Status set_whole(BlobNo no, const Hash& hash, std::uint64_t size);
    /// Forgets the bytes; the row stays, and with it the wish to have them.
    Status drop_chunks(BlobNo no);
    Status remove(BlobNo no);

    Result<std::uint64_t> bytes_held();  ///< of all attachments, those on their way too
    /// Named ones that are not whole, smallest rest first.
    Result<std::vector<BlobRow>> missing(std::size_t rows_max);
    /// Whole ones that the other side has not been seen to hold.
    Result<std::vector<BlobRow>> unsent(std::size_t rows_max);
    Status set_sent(BlobNo no);
    Status forget_sent();  ///< of all: the other side became an older one
    Result<std::vector<BlobRow>> all();

private:
    Result<std::vector<BlobRow>> rows(Statement& query);
    Database& db_;
};

}  // namespace doorstep
