// core/store/chunks.hpp -- where a stream's order is cut into runs, and the bytes of each run that are ready to be
// sent.
#pragma once

#include <optional>

#include "core/store/store.hpp"

namespace doorstep {

/// A run of positions first … last of a stream. Runs join without a gap from position 1 on, and their bounds never
/// change.
struct ChunkRow {
    std::uint64_t first = 0, last = 0;
    enum class Form {
        plain,  ///< goes as DATA to each phone
        ready,  ///< bytes are here
        stale,  ///< what it holds was changed: its bytes are to be made again
    } form = Form::plain;
    Hash hash;    ///< of the bytes
    Bytes bytes;  ///< when ready
};

/// Threads: none. As with Store, every call is a statement or a few without a transaction of its own.
class ChunkTable {
public:
    explicit ChunkTable(Database& db) : db_(&db) {}

    /// The run that holds this position.
    Result<std::optional<ChunkRow>> at(StreamNo stream, std::uint64_t position);
    /// How far the runs of this stream go; 0: there are none.
    Result<std::uint64_t> end(StreamNo stream);
    /// Adds the next run, or gives the one of these bounds its bytes.
    Status put(StreamNo stream, const ChunkRow& row);
    /// The bytes of every run that holds one of the positions are gone when it returns.
    Status forget_bytes(StreamNo stream, std::uint64_t first, std::uint64_t last);

private:
    Database* db_;
};

}  // namespace doorstep
