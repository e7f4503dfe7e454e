// server/storage/audit_table.hpp -- what the staff saw and did, in a table of the embedded database.
#pragma once

#include "core/store/database.hpp"
#include "server/access/audit_sink.hpp"

namespace doorstep::server {

class AuditTable final : public AuditSink {
public:
    /// Makes the table when it is missing.
    static Status migrate(Database& db);
    explicit AuditTable(Database& db) : db_(db) {}
    Status record(const AuditEntry& entry) override;
    /// Of these areas and all below them, whatever the compartment, since it says no words; the latest first.
    Result<std::vector<AuditEntry>> latest(std::size_t rows_max, const std::vector<Area>& areas);

private:
    Database& db_;
};

}  // namespace doorstep::server
