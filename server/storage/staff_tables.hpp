// server/storage/staff_tables.hpp -- the office's accounts and their sessions in the embedded database; secrets only as
// hashes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/database.hpp"
#include "server/storage/staff_account.hpp"

namespace doorstep::server {

/// Calls belong inside the caller's transaction. Threads: none.
class StaffTables {
public:
    /// Makes the tables when they are missing.
    static Status migrate(Database& db);
    explicit StaffTables(Database& db) : db_(db) {}

    /// Errors: already_exists.
    Status add(const StaffAccount& account, const Hash& token_hash);
    Result<std::vector<StaffAccount>> list();
    Result<std::optional<StaffAccount>> find_by_token(const Hash& token_hash);

    Status add_session(const Hash& secret_hash, const std::string& staff, const std::string& csrf,
                       std::uint64_t expires_ms);
    Result<std::optional<StaffSession>> find_session(const Hash& secret_hash, std::uint64_t now_ms);
    Status remove_session(const Hash& secret_hash);

private:
    Database& db_;
};

}  // namespace doorstep::server
