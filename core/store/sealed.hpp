// core/store/sealed.hpp -- what a purge leaves behind: on a phone the own commits that no backup of the office holds
// yet, sealed to the office's key; at the office the word of each phone that a stream is gone from its file.
#pragma once

#include <optional>
#include <vector>

#include "core/store/store.hpp"

namespace doorstep {

/// Commits from_seq … to_seq of a replica as a hand-over (core/sync/handover.hpp) that only the office can open.
struct SealedRun {
    ReplicaId replica;
    std::uint64_t from_seq = 0, to_seq = 0;
    Bytes file;
};

/// A phone's word that a stream is gone from its file.
struct PurgeProof {
    ReplicaId replica;
    Stream stream;
    std::uint64_t told_ms = 0;  ///< when the office heard it
};

// Every call is one statement or a few, without a transaction of its own. Errors: those of the store.
Status add_sealed(Store& store, const SealedRun& run);
/// The run that holds this commit.
Result<std::optional<SealedRun>> find_sealed(Store& store, const ReplicaId& replica, std::uint64_t seq);
/// Takes away runs that end at or before this seq: a backup holds them.
Status drop_sealed(Store& store, const ReplicaId& replica, std::uint64_t upto_seq);
Result<std::vector<SealedRun>> sealed_runs(Store& store);

/// The latest word counts. Nothing is noted of a stream that the office does not have.
Status note_purged(Store& store, const PurgeProof& proof);
Result<std::vector<PurgeProof>> purge_proofs(Store& store, std::size_t rows_max);

}  // namespace doorstep
