#include "core/engine/snapshot.hpp"

#include "core/base/sha256.hpp"
#include "core/sync/chunk.hpp"

namespace doorstep {
namespace {

std::size_t bytes_of(const Commit& commit) {
    constexpr std::size_t header_bytes = 200;
    std::size_t bytes = header_bytes;
    for (const Bytes& part : commit.parts) bytes += part.size();
    return bytes;
}

}  // namespace

Result<std::optional<ChunkRow>> Snapshot::run_after(std::uint64_t position) {
    ChunkTable table(store_.database());
    DOORSTEP_TRY_ASSIGN(std::optional<ChunkRow> row, table.at(mark_.no, position + 1));
    if (!row) {
        DOORSTEP_TRY_ASSIGN(const std::uint64_t end, table.end(mark_.no));
        if (end != position) return std::optional<ChunkRow>();  // the reader is ahead of what newcomers needed
        return cut(position);
    }
    if (row->form == ChunkRow::Form::stale && row->first == position + 1) DOORSTEP_TRY(fill(*row));
    return row;
}

/// Closes the next run: at its size, or before a commit of several parts. Such a commit and what is too little before
/// it make a plain run.
Result<std::optional<ChunkRow>> Snapshot::cut(std::uint64_t after) {
    ChunkRow row{after + 1, after, ChunkRow::Form::plain, {}, {}};
    bool closed = false;
    std::size_t bytes = 0;
    const auto look = [&](const SequenceEntry& entry) -> Result<Store::Visit> {
        const std::size_t commits = static_cast<std::size_t>(entry.position - row.first), more = bytes_of(entry.commit);
        const bool shared = entry.commit.parts.size() > 1, overflows = commits > 0 && bytes + more > size_.bytes_max;
        const bool ends_before = overflows || (shared && commits >= size_.commits_min);
        if (!ends_before) row.last = entry.position;
        bytes += more;
        const bool full = !shared && commits + 1 == size_.commits_max;
        closed = ends_before || full || shared;
        if (ends_before || full) row.form = ChunkRow::Form::stale;
        return closed ? Store::Visit::stop : Store::Visit::go_on;
    };
    DOORSTEP_TRY(store_.entries_after(mark_.no, after, look));
    if (!closed) return std::optional<ChunkRow>();
    DOORSTEP_TRY(row.form == ChunkRow::Form::stale ? fill(row) : keep(row));
    return std::optional<ChunkRow>(std::move(row));
}

Status Snapshot::fill(ChunkRow& row) {
    Data run;
    run.stream = mark_.head.stream;
    run.after = row.first - 1;
    const auto add = [&](SequenceEntry entry) -> Result<Store::Visit> {
        run.entries.emplace_back(std::move(entry.commit));
        return entry.position == row.last ? Store::Visit::stop : Store::Visit::go_on;
    };
    DOORSTEP_TRY(store_.entries_after(mark_.no, run.after, add));
    row.bytes = pack_chunk(run);
    row.hash = sha256(row.bytes);
    row.form = row.bytes.size() <= limits::run_bytes_max ? ChunkRow::Form::ready : ChunkRow::Form::plain;
    return keep(row);
}

Status Snapshot::keep(const ChunkRow& row) {
    const Status kept = ChunkTable(store_.database()).put(mark_.no, row);
    const bool no_room = !kept && (kept.error().code == Errc::disk_full || kept.error().code == Errc::busy);
    return no_room ? ok() : kept;
}

}  // namespace doorstep
