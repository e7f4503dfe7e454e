// core/store/erased.hpp -- which parts were erased: what a replica takes out of whatever arrives from then on.
#pragma once

#include <optional>
#include <vector>

#include "core/store/store.hpp"

namespace doorstep {

/// One part that was erased, in one commit that has it.
struct ErasedRow {
    Hash part;  ///< as the commit's header names it
    Hash salt_mark;
    StreamNo stream = 0;
    Dot dot;
    Hash commit;
};

/// Every call is one statement or a few, without a transaction of its own. Errors: those of the store. Threads: none.
class ErasedTable {
public:
    explicit ErasedTable(Database& db) : db_(&db) {}

    Result<bool> any();
    Result<std::uint64_t> count();
    Status add(const ErasedRow& row);  ///< the same again has no effect
    /// The stream of the part with this hash; nullopt: it was not erased.
    Result<std::optional<StreamNo>> find(const Hash& part);
    /// The stream of an erased part that had the salt with this mark.
    Result<std::optional<StreamNo>> find_salt(const Hash& salt_mark);
    Result<std::vector<ErasedRow>> rows();
    /// Whether a part of this commit in the stream was erased.
    Result<bool> names(StreamNo stream, const Dot& dot, const HashHead& commit);

    /// The same by the commit's whole hash.
    Result<bool> is_of(StreamNo stream, const Hash& commit);

    /// Where the commit stands in the stream. Reads the stream's whole order: for rare events.
    Result<std::vector<std::uint64_t>> places_of(StreamNo stream, CommitNo commit_no);
    /// A record that no part wrote after all.
    Status forget_record(const RecordId& record, StreamNo stream);

private:
    Result<std::optional<StreamNo>> stream_at(Statement& query);
    Database* db_;
};

}  // namespace doorstep
