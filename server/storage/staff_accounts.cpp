#include "server/storage/staff_accounts.hpp"

#include "core/base/codec.hpp"
#include "core/base/hmac.hpp"
#include "crypto/totp.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t token_digits = 32;  // 128 bits: nobody guesses it, so its tries are not counted

// Tries are counted in so many buckets and no more, or whoever sends names fills the disk. Two names share one by
// chance only, since nobody outside knows the key.
constexpr std::uint32_t tries_buckets = 65'536;

/// What stands for an account that is not there, or may not sign in: nothing fits it, and finding that out takes as
/// long.
StaffTables::Row nobody() {
    StaffTables::Row out;
    out.totp_secret = Bytes(crypto::totp_secret_bytes, '\0');
    return out;
}

Error no_account() { return {Errc::not_found, "there is no account of this name"}; }

}  // namespace

std::uint32_t StaffAccounts::bucket_of(const std::string& name) const {
    const Hash tag = hmac_sha256(name_key_.view(), name);
    return Reader(tag.view()).u32() % tries_buckets;
}

Result<std::string> StaffAccounts::invite(StaffTables::Row row, std::uint64_t now_ms) {
    const std::string token = draw_().hex().substr(0, token_digits);
    StaffTables::Row fresh;
    fresh.account = std::move(row.account);
    fresh.account.state = StaffAccount::State::invited;
    fresh.invitation = sha256(token);
    fresh.invitation_until_ms = now_ms + invitation_ms_max;
    DOORSTEP_TRY(tables_.put(fresh));
    return token;
}

Result<std::string> StaffAccounts::add(const StaffAccount& account, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY(tables_.add(account));
    StaffTables::Row row;
    row.account = account;
    DOORSTEP_TRY_ASSIGN(std::string token, invite(std::move(row), now_ms));
    DOORSTEP_TRY(transaction.commit());
    return token;
}

Result<std::string> StaffAccounts::reset(const std::string& name, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(std::optional<StaffTables::Row> row, tables_.find(name));
    if (!row) return no_account();
    DOORSTEP_TRY(tables_.remove_sessions(name));
    DOORSTEP_TRY(tables_.forget_browsers(name));
    DOORSTEP_TRY(tables_.put_tries(bucket_of(name), {}));
    DOORSTEP_TRY_ASSIGN(std::string token, invite(std::move(*row), now_ms));
    DOORSTEP_TRY(transaction.commit());
    return token;
}

Status StaffAccounts::disable(const std::string& name) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(std::optional<StaffTables::Row> row, tables_.find(name));
    if (!row) return no_account();
    row->account.state = StaffAccount::State::disabled;
    row->invitation = {};
    DOORSTEP_TRY(tables_.put(*row));
    DOORSTEP_TRY(tables_.remove_sessions(name));
    return transaction.commit();
}

Result<Bytes> StaffAccounts::activate(const std::string& name, const std::string& token, const Hash& verifier,
                                      std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(std::optional<StaffTables::Row> row, tables_.find(name));
    if (!row || row->invitation.is_zero() || row->invitation != sha256(token) || now_ms >= row->invitation_until_ms)
        return Error{Errc::unauthorized, "no invitation of this name and token, or its time is over"};
    row->account.state = StaffAccount::State::active;
    row->invitation = {};
    row->verifier = verifier;
    row->totp_secret = Bytes(draw_().view().substr(0, crypto::totp_secret_bytes));
    DOORSTEP_TRY(tables_.put(*row));
    DOORSTEP_TRY(transaction.commit());
    return std::move(row->totp_secret);
}

Result<SignedIn> StaffAccounts::sign_in(const Credentials& shown, std::uint64_t now_ms) {
    const Error wrong{Errc::unauthorized, "the name, the password or the code is wrong"};
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(std::optional<StaffTables::Row> row, tables_.find(shown.name));
    const bool active = row && row->account.state == StaffAccount::State::active;
    if (!active) row = nobody();
    const Hash browser = sha256(shown.browser);
    const std::uint32_t bucket = bucket_of(shown.name);
    DOORSTEP_TRY_ASSIGN(const std::optional<Tries> known, tables_.find_browser(browser, shown.name));
    DOORSTEP_TRY_ASSIGN(const Tries strange, tables_.tries(bucket));
    const Tries tries = active && known ? *known : strange;
    if (tries.wait(now_ms)) return Error{Errc::too_many_attempts, "the account's next try has to wait"};
    const auto step = crypto::totp_step_of(shown.code, row->totp_secret, now_ms, row->totp_step);
    // Hashes of what was stretched: how long comparing them takes says nothing of either.
    if (row->verifier != shown.verifier || !step || !active) {
        DOORSTEP_TRY(active && known ? tables_.put_browser(browser, tries.after_wrong(now_ms))
                                     : tables_.put_tries(bucket, tries.after_wrong(now_ms)));
        DOORSTEP_TRY(transaction.commit());
        return wrong;
    }
    SignedIn out{draw_().hex(), known ? shown.browser : draw_().hex()};
    row->totp_step = *step;
    DOORSTEP_TRY(known ? tables_.put_browser(browser, {}) : tables_.add_browser(sha256(out.browser), shown.name));
    if (!known) DOORSTEP_TRY(tables_.put_tries(bucket, {}));
    DOORSTEP_TRY(tables_.put(*row));
    DOORSTEP_TRY(tables_.add_session(sha256(out.session), shown.name, draw_().hex(), now_ms));
    DOORSTEP_TRY(transaction.commit());
    return out;
}

Result<StaffSession> StaffAccounts::session(const std::string& secret, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(std::optional<StaffSession> found, tables_.use_session(sha256(secret), now_ms));
    if (!found) return Error{Errc::unauthorized, "no such session, or its time is over"};
    return std::move(*found);
}

Status StaffAccounts::sign_out(const std::string& secret) { return tables_.remove_session(sha256(secret)); }

}  // namespace doorstep::server
