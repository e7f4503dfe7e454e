// server/storage/log_audit.hpp -- reads the log again, a slice at a time while the server serves, and holds it against
// the digests and the records that are stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/store.hpp"

namespace doorstep::server {

struct LogSlice {
    std::uint64_t entries = 0;         ///< places of streams that were looked at
    std::vector<std::string> damaged;  ///< "AREA POSITION" of each place that is not as it was written; no words
    Bytes next;                        ///< where the next slice begins; empty: that was the last stream's end
};

/// Looks at some entries of one stream: that each commit can be read, hashes to what the digest there was made of, and
/// that the records it wrote are what their commits fold to. A record that no commit wrote, and indexes, are for fsck.
/// Within a transaction, since others may write meanwhile. `cursor`: LogSlice::next; empty: from the beginning.
/// Errors: malformed (a cursor that no slice gave), those of the store but corrupt, which is what it tells of.
Result<LogSlice> audit_slice(Store& store, BytesView cursor, std::size_t entries_max);

}  // namespace doorstep::server
