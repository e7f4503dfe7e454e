// core/engine/snapshot.hpp -- cuts a stream's order into runs that every phone is sent alike, and keeps their bytes
// ready: a first sync reads the log once, for whoever comes first.
#pragma once

#include "core/base/limits.hpp"
#include "core/store/chunks.hpp"

namespace doorstep {

/// When a run is closed. Smaller ones are for tests.
struct ChunkSize {
    std::size_t commits_min = limits::run_commits_min, commits_max = limits::run_commits_max;
    std::size_t bytes_max = limits::run_bytes_max - limits::commit_bytes_max;
};

/// A chunk holds commits of one part, which any reader of the stream may see whole. A commit of several parts must
/// become visible at once, and which of them depends on the reader: it goes as DATA.
class Snapshot {
public:
    Snapshot(Store& store, const StreamMark& mark, const ChunkSize& size) : store_(store), mark_(mark), size_(size) {}

    /// The run that begins after this position or holds the next one, with its bytes when it begins there and is a
    /// chunk. nullopt: from here on there is no full run yet.
    /// What it makes is kept; that it could not be kept (a full disk) is no error. Errors: those of the store.
    Result<std::optional<ChunkRow>> run_after(std::uint64_t position);

private:
    Result<std::optional<ChunkRow>> cut(std::uint64_t after);
    Status fill(ChunkRow& row);
    Status keep(const ChunkRow& row);

    Store& store_;
    const StreamMark& mark_;
    const ChunkSize& size_;
};

}  // namespace doorstep
