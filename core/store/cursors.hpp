// core/store/cursors.hpp -- how far each replica had come in each stream when it last said so: on the server, to know
// what every phone has (docs/compaction.md). About devices in synchronisation; nothing shows it.
#pragma once

#include <optional>

#include "core/store/store.hpp"

namespace doorstep {

/// Days since 1970-01-01, of the server's clock.
using Day = std::int64_t;
inline Day day_of(std::uint64_t ms) { return static_cast<Day>(ms / (24 * 60 * 60 * 1000)); }

/// Every call is one statement or a few, without a transaction of its own. Errors: those of the store. Threads: none.
class CursorTable {
public:
    explicit CursorTable(Database& db) : db_(&db) {}

    struct Row {
        std::uint64_t position = 0;
        Day day = 0;  ///< it was heard of last
    };
    Result<std::optional<Row>> find(const ReplicaId& replica, StreamNo stream);
    Status note(const ReplicaId& replica, StreamNo stream, std::uint64_t position, Day day);
    Status forget(const ReplicaId& replica, StreamNo stream);  ///< which is gone from its file
    /// The lowest position of the replicas that spoke of the stream on that day or later; nullopt: none did.
    Result<std::optional<std::uint64_t>> lowest(StreamNo stream, Day since);

private:
    Database* db_;
};

}  // namespace doorstep
