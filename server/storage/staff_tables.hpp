// server/storage/staff_tables.hpp -- the office's accounts, their browsers and sessions in the embedded database, which
// is encrypted. Secrets are hashes; the one that codes are made of is there as it is, since it has to be used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/database.hpp"
#include "server/access/throttle.hpp"
#include "server/storage/staff_account.hpp"

namespace doorstep::server {

/// Calls belong inside the caller's transaction. Threads: none.
class StaffTables {
public:
    /// Makes the tables when they are missing.
    static Status migrate(Database& db);
    explicit StaffTables(Database& db) : db_(db) {}

    struct Row {
        StaffAccount account;
        Hash invitation;  ///< of the token; zero when there is none
        std::uint64_t invitation_until_ms = 0;
        Hash verifier;
        Bytes totp_secret;
        std::uint64_t totp_step = 0;  ///< of the last code that was taken
    };
    /// Errors: already_exists.
    Status add(const StaffAccount& account);
    Result<std::optional<Row>> find(const std::string& name);
    Result<std::vector<StaffAccount>> list();
    Status put(const Row& row);  ///< of an account that is there; its name, role and scope stay

    /// From browsers that are not known, by the bucket of the name that was shown, whether or not anybody has it.
    Result<Tries> tries(std::uint32_t bucket);
    Status put_tries(std::uint32_t bucket, const Tries& tries);

    Status add_browser(const Hash& secret_hash, const std::string& staff);
    Result<std::optional<Tries>> find_browser(const Hash& secret_hash, const std::string& staff);
    Status put_browser(const Hash& secret_hash, const Tries& tries);
    Status forget_browsers(const std::string& staff);

    /// Forgets those that are over, too.
    Status add_session(const Hash& secret_hash, const std::string& staff, const std::string& csrf,
                       std::uint64_t now_ms);
    /// One that is neither too old nor idle for too long, of an account that is active; and that it was used now.
    Result<std::optional<StaffSession>> use_session(const Hash& secret_hash, std::uint64_t now_ms);
    Status remove_session(const Hash& secret_hash);
    Status remove_sessions(const std::string& staff);

private:
    Database& db_;
};

}  // namespace doorstep::server
