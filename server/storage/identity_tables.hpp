// server/storage/identity_tables.hpp -- codes and devices in the embedded database; secrets only as hashes.
#pragma once

#include "core/store/database.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Calls belong inside the caller's transaction. Threads: none.
class IdentityTables {
public:
    /// Makes the tables when they are missing.
    static Status migrate(Database& db);
    explicit IdentityTables(Database& db) : db_(db) {}

    Status add_code(const Hash& id_hash, const Hash& secret_hash, const Device& device, std::uint64_t expires_ms);
    struct Code {
        Hash secret_hash;
        Device device;
        std::uint64_t expires_ms = 0, wrong_tries = 0;
        std::optional<Hash> used_by;  ///< the commitment, or the token, that it was turned into
    };
    Result<std::optional<Code>> find_code(const Hash& id_hash);
    Status count_wrong_try(const Hash& id_hash);
    Status mark_used(const Hash& id_hash, const Hash& token_hash);

    Status put_device(const Hash& token_hash, const Device& device);
    Result<std::optional<Device>> find_device(const Hash& token_hash);
    /// Those of one person under one label.
    Result<std::vector<Hash>> find_devices(const std::string& author, const std::string& label);
    /// Keeps the scope that it has among the former ones, and gives it this one.
    Status set_scope(const Hash& token_hash, const Device& before, const Scope& scope, std::uint64_t now_ms);
    Status set_revoked(const Hash& token_hash, std::uint64_t now_ms);
    /// Grows with every scope that is given anew and every access that is taken back.
    Result<std::int64_t> access_changes();
    /// Adds to what a device sent on this day (since 1970), and returns the sum.
    Result<std::uint64_t> count_drained(const Hash& token_hash, std::uint64_t day, std::uint64_t bytes);
    Status set_signing_key(const Hash& token_hash, std::optional<BytesView> public_key);
    Result<std::optional<Hash>> signer(BytesView public_key);  ///< the device's id
    /// Whosever it was before.
    Status bind_replica(const ReplicaId& replica, const Hash& token_hash);
    Result<std::optional<Hash>> replica_owner(const ReplicaId& replica);

private:
    Database& db_;
};

}  // namespace doorstep::server
