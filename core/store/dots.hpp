// core/store/dots.hpp -- which commit of the log has a dot, at two levels: new dots lie in a small table, which is
// merged into the large one in order, so that a save never writes all over a large index (docs/adr/0016).
#pragma once

#include "core/store/store.hpp"

namespace doorstep {

/// The small table is merged whenever the log has grown by so many commits: some fifty pages, which stay in memory.
inline constexpr CommitNo fresh_dots_max = 16'384;

/// Names the commit under its dot. No two commits have one dot: whoever adds a commit has looked (Admission), and a
/// check of the file looks again (fsck). The caller holds a transaction.
Status add_dot(Database& db, ReplicaNo replica, std::uint64_t seq, CommitNo no);
/// Forgets the dot that the row of the commit says it has. The caller holds a transaction.
Status remove_dot(Database& db, CommitNo no);
/// Names every commit of the log anew. The caller holds a transaction.
Status rebuild_dots(Database& db);
/// How many dots name no commit, or another than the log says; how many commits have none; how many stand twice.
Result<std::uint64_t> wrong_dots(Database& db);

}  // namespace doorstep
