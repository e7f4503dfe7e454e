// core/engine/rekey.hpp -- a forked chain goes on under a new replica id (sync.md: PUSH, fork).
#pragma once

#include <vector>

#include "core/store/store.hpp"

namespace doorstep {

/// The id under which the commits of `replica` from the first divergent one on are read: every copy of a file that
/// holds the same suffix derives the same id and makes the same commits again, so that they meet as one.
ReplicaId derive_fork(const ReplicaId& replica, const Hash& first_divergent);

/// Makes the commits of `replica` from first_seq to its last again as those of `fork`, numbered from 1: their words,
/// clocks, salts and record ids stay; their dots, wherever they are superseded among them too, and their hashes change.
/// Records are folded again. None of them is in an order that the server still stands by: streams that place one start
/// over. The caller holds a transaction. Errors: corrupt, and those of the store.
Status rekey(Store& store, const ReplicaId& replica, std::uint64_t first_seq, const ReplicaId& fork);
/// The same for these commits of the log, all of one replica and ascending, with gaps between them or without.
Status rekey(Store& store, const std::vector<Commit>& commits, const ReplicaId& fork);

}  // namespace doorstep
