// core/engine/queries_outbox.hpp -- where this phone's own words stand, record by record.
#pragma once

#include "core/engine/queries.hpp"
#include "core/sync/message.hpp"

namespace doorstep {

/// The worst that is true of any own commit that wrote to the record; others' words do not count.
enum class Delivery {
    not_own,    ///< this replica never wrote to it, or not under its present id
    backed_up,  ///< in a backup of the server
    received,   ///< durable on the server
    only_here,  ///< not yet acknowledged: a lost phone would lose it
    held,       ///< acknowledged, but the office holds a part of it: look at the reason
};

/// What the phone knows of its own chain.
struct OwnChain {
    ReplicaId replica;
    std::uint64_t durable_seq = 0, backed_up_seq = 0;
    const std::vector<HeldNotice>* held = nullptr;  ///< outlives the call
};

/// One answer for each record, in their order. Reads the own commits that no backup holds yet, and what the records'
/// states say of the older ones: a removal older than the backup leaves no trace there and counts as not_own.
Result<std::vector<Delivery>> deliveries(Store& store, const OwnChain& own, const std::vector<RecordId>& records);
/// The records that have something only here, newest first.
Result<Page> list_only_here(Store& store, const OwnChain& own, const PageRequest& request);

}  // namespace doorstep
