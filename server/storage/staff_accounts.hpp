// server/storage/staff_accounts.hpp -- an account's life: invited, active, signed in, reset, disabled.
#pragma once

#include <functional>

#include "server/storage/staff_tables.hpp"

namespace doorstep::server {

/// Every call is a transaction of its own. Errors beside those named: those of the database. Threads: none.
class StaffAccounts {
public:
    /// draw: 32 random bytes. name_key: secret and never changing. Who may have which role and scope the caller has
    /// checked.
    StaffAccounts(Database& db, std::function<Hash()> draw, const Hash& name_key)
        : db_(db), tables_(db), draw_(std::move(draw)), name_key_(name_key) {}

    /// Returns the token with which the account's password is set, within invitation_ms_max. Errors: already_exists.
    Result<std::string> add(const StaffAccount& account, std::uint64_t now_ms);
    /// The same for an account that is there, whatever its state: password, app, browsers and sessions are void.
    /// Errors: not_found.
    Result<std::string> reset(const std::string& name, std::uint64_t now_ms);
    /// Ends its sessions, and lets it make none. Errors: not_found.
    Status disable(const std::string& name);
    Result<std::vector<StaffAccount>> list() { return tables_.list(); }

    /// Sets the password with an invitation's token, which is then used up, and draws the secret that goes into the
    /// authenticator app: totp_secret_bytes, told once. Errors: unauthorized.
    Result<Bytes> activate(const std::string& name, const std::string& token, const Hash& verifier,
                           std::uint64_t now_ms);
    /// Errors: unauthorized, whatever was wrong; too_many_attempts while it has to wait (server/access/throttle.hpp). A
    /// name that nobody has is answered the same, and with the same work, as one that somebody has.
    /// A browser that has signed in before has tries of its own: nobody elsewhere can use them up.
    Result<SignedIn> sign_in(const Credentials& shown, std::uint64_t now_ms);
    /// Errors: unauthorized.
    Result<StaffSession> session(const std::string& secret, std::uint64_t now_ms);
    Status sign_out(const std::string& secret);

private:
    std::uint32_t bucket_of(const std::string& name) const;
    Result<std::string> invite(StaffTables::Row row, std::uint64_t now_ms);

    Database& db_;
    StaffTables tables_;
    std::function<Hash()> draw_;
    Hash name_key_;
};

}  // namespace doorstep::server
