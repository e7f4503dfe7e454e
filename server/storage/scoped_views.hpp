// server/storage/scoped_views.hpp -- the office's records as the holder of a scope meets them.
#pragma once

#include <string>
#include <vector>

#include "core/engine/hub.hpp"
#include "core/model/scope.hpp"
#include "server/access/vocabulary.hpp"

namespace doorstep::server {

struct ScopedRecord {
    RecordView view;
    /// outside: it stands in the scope, but its words are joined with those of a record that does not.
    Relation relation = Relation::own;
};

struct ScopedHistory {
    ScopedRecord record;
    std::vector<HistoryEntry> entries;  ///< oldest first
};

/// The words of a held part, each with the field that it was meant for.
struct ScopedHeld {
    HeldPart held;
    Trace trace;
    struct Word {
        std::uint32_t record_type = 0, field = 0;
        Value value;
    };
    std::vector<Word> words;  ///< none when the part cannot be read
};

/// Records of one type, the newest first; those that were moved away are where they went.
Result<std::vector<ScopedRecord>> list_within(Store& store, std::uint32_t type, std::size_t rows_max,
                                              const Scope& scope);
/// Those that await a decision.
Result<std::vector<ScopedRecord>> conflicts_within(Store& store, std::size_t rows_max, const Scope& scope);
/// Errors: not_found, also for what is outside: what somebody may not see does not exist for him.
Result<ScopedRecord> read_within(Store& store, const RecordId& record, const Scope& scope);
/// Every write to it that was meant for the scope. Errors: not_found, as above.
Result<ScopedHistory> history_within(Store& store, const RecordId& record, const Scope& scope);
/// Held parts that were meant for the scope, and those that cannot be read, which hold no words to see.
Result<std::vector<ScopedHeld>> held_within(Store& store, std::size_t rows_max, const Scope& scope);

}  // namespace doorstep::server
