// server/storage/change_watch.hpp -- finds what was committed to the embedded database since the last look.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "core/store/database.hpp"
#include "server/storage/changes.hpp"

namespace doorstep::server {

/// Compares the ends of the streams, so that nothing can be forgotten by a call that writes, and commits of other
/// processes are seen too. When nobody wrote, a look costs two PRAGMA-like questions; otherwise a scan of the table of
/// streams.
/// Threads: none; the storage's owner's. Calls belong outside a transaction.
class ChangeWatch {
public:
    explicit ChangeWatch(Database& db) : db_(db) {}
    /// What changed since the last look that succeeded; at the first one, nothing. Errors: those of the database.
    Result<Changes> look();

private:
    /// Tells whether anybody wrote anything: this connection's changes, and SQLite's mark of the others' commits.
    struct Writes {
        std::int64_t ours = 0, version = 0;
        bool operator==(const Writes&) const = default;
    };
    Result<Writes> writes();
    Result<Changes> compare();

    Database& db_;
    std::optional<Writes> seen_;
    std::unordered_map<std::int64_t, std::int64_t> positions_;  ///< by the stream's number
    std::int64_t access_changes_ = 0;
};

}  // namespace doorstep::server
