// server/audit/chain.hpp -- the chain as whoever checks it reads it, wherever its entries lie.
#pragma once

#include <vector>

#include "server/audit/entry.hpp"

namespace doorstep::server::audit {

class Chain {
public:
    virtual ~Chain() = default;
    /// The entry that the database's present life began with: founded, or the last that says restored. nullopt: none.
    virtual Result<std::optional<Entry>> began() = 0;
    /// In order, from the one after this number on; just as they stand, unchecked.
    virtual Result<std::vector<Entry>> after(std::uint64_t number, std::size_t rows_max) = 0;
};

/// A head as it is kept outside the database.
struct KeptHead {
    Hash began;  ///< hash of the entry that the life began with; a restored database begins another
    Head head;
};

struct ChainReport {
    Head head;               ///< of what is there and sound
    std::vector<Head> lost;  ///< heads of databases that a copy from a backup took the place of
    enum class Witnessed { yes, no } witnessed = Witnessed::no;  ///< whether a head outside speaks for the end
};
/// Reads the whole chain. `kept`: the heads outside, oldest first. Errors: corrupt, with the number of the first entry
/// that was changed, is missing or stands elsewhere than it once did.
Result<ChainReport> verify_chain(Chain& chain, const std::vector<KeptHead>& kept);

}  // namespace doorstep::server::audit
