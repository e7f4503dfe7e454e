// server/storage/audit_chain_table.hpp -- the audit chain in the embedded database: rows are added, and nothing here
// changes or deletes one.
#pragma once

#include <vector>

#include "core/store/database.hpp"
#include "server/audit/chain.hpp"

namespace doorstep::server {

/// Calls that add belong inside the caller's transaction: an act and its entry happen together. Threads: none.
class AuditChainTable final : public audit::Chain {
public:
    /// Makes the table when it is missing.
    static Status migrate(Database& db);
    explicit AuditChainTable(Database& db) : db_(db) {}

    Result<audit::Entry> append(audit::Act act, std::uint64_t time_ms);
    /// The last entry, or the last of one action. nullopt: there is none.
    Result<std::optional<audit::Entry>> last();
    Result<std::optional<audit::Entry>> last_of(audit::Action action);
    Result<std::optional<audit::Entry>> began() override;
    Result<std::vector<audit::Entry>> after(std::uint64_t number, std::size_t rows_max) override;

private:
    Result<std::vector<audit::Entry>> read(Statement& query);
    Database& db_;
};

}  // namespace doorstep::server
