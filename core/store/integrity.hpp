// core/store/integrity.hpp -- every row as it lies, for a check that goes on where the store's own calls would stop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/model/stream_head.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// A row of `commits`, found by a walk through the table itself and no index.
struct LogRow {
    CommitNo no = 0;
    std::optional<ReplicaId> replica;  ///< nullopt: its number stands for nobody
    std::uint64_t seq = 0;
    BytesView hash, body;  ///< until the visitor returns
};
/// A row of `sequence`; `commit_hash` is nullopt where it names a commit that is not there.
struct SequenceRow {
    StreamNo stream = 0;
    std::uint64_t position = 0;
    std::optional<Dot> dot;
    std::optional<Hash> commit_hash;
    std::optional<Digest> digest;
};
/// A row of `held`.
struct HeldRow {
    std::optional<ReplicaId> replica;
    std::uint64_t seq = 0;
    std::uint32_t part = 0;
};
/// A row of `record` with its state, which is empty where neither `folded` nor the log can say it; or a row of `folded`
/// that has no record.
struct StoredRecord {
    RecordRow row;
    std::uint32_t conflicts = 0;
    enum class Here { record, state_alone } here = Here::record;
};

// Each visits all rows and returns the first error of the visitor or of the database.
Status each_log_row(Store& store, const std::function<Status(const LogRow&)>& visit);
Status each_sequence_row(Store& store,
                         const std::function<Status(const SequenceRow&)>& visit);  ///< by stream, position
Status each_held_row(Store& store, const std::function<Status(const HeldRow&)>& visit);
Status each_stored_record(Store& store, const std::function<Status(const StoredRecord&)>& visit);

/// What SQLite's own check has to say, at most limits::integrity_lines_max lines; empty: all is well. The lines name
/// tables and pages, never values.
Result<std::vector<std::string>> integrity_lines(Store& store);
/// The replica that the table of replicas marks as this file's own.
Result<std::optional<ReplicaId>> marked_replica(Store& store);
/// Empties what is folded from the log and makes every index again. The caller holds a transaction and folds anew.
Status clear_derived(Store& store);

}  // namespace doorstep
