// server/storage/postgres/postgres_log.hpp -- the shared log in PostgreSQL: one order of sealed transactions a county,
// whichever server process wrote them (docs/adr/0024).
#pragma once

#include <chrono>

#include "core/store/change_capture.hpp"
#include "server/storage/followed_log.hpp"
#include "server/storage/postgres/base.hpp"

namespace doorstep::server::postgres {

/// A transaction of the file becomes one of PostgreSQL: the head of the tenant is locked, the file follows what others
/// wrote, changes, and what it changed is appended and committed there before it is here. What fails in a way that may
/// pass is tried again, tries_max times, with growing pauses; a COMMIT whose answer was lost is looked up.
/// Threads: none; the file's owner's.
class PostgresLog final : public FollowedLog {
public:
    static constexpr int tries_max = 6;

    /// Connects and brings PostgreSQL's tables up to date. Errors: those of the connection; schema_too_new;
    /// bad_configuration when the role would see every tenant's rows, whatever the policies say.
    static Result<std::unique_ptr<PostgresLog>> connect(const Address& address, const StorageKey& key);

    /// nullopt: the tenant is not there yet. Errors: wrong_key, schema_too_new, bad_configuration when it was closed.
    Result<std::optional<Head>> head();
    /// Makes the tenant, with the file as its base at position 0, and marks the file as its copy. The file must not be
    /// written meanwhile. Errors: already_exists; those of the connection and the file.
    Status found(Database& file);
    /// Writes the file anew from the latest base. Nobody may have it open.
    Status rebuild(const std::filesystem::path& path, const Head& head);
    /// Why a file with this mark cannot follow, or nullopt when it can. ahead: it has what PostgreSQL lost.
    enum class Unfit : std::uint8_t { other_log, behind, ahead };
    Result<std::optional<Unfit>> unfit(const LogMark& mark, const Head& head);
    /// Ends the tenant: nobody writes to it any more. The file has all of it, and follows no log from then on.
    Status close(Database& file);

    Status enter(Database& file) override;
    Status begin(Database& file) override;
    Status append(Database& file) override;
    void leave(Database& file) noexcept override;
    std::uint64_t followed() const override { return followed_; }
    Status catch_up(Database& file) override;
    bool heard() override;
    Status make_base(Database& file, Older older) override;

    const Sealer& sealer() const { return sealer_; }
    const Address& address() const { return address_; }

private:
    PostgresLog(Address address, const Sealer& sealer) : address_(std::move(address)), sealer_(sealer) {}
    Status reconnect();
    Status check(const Head& head) const;
    Status check_line() const;
    void give_up_for_now();
    Status lock_head();
    Result<std::uint64_t> follow(Database& file);
    Status say_where(std::uint64_t position);
    Status settle(const Entry& entry, const std::vector<StreamEnd>& ends, Error first);
    Result<bool> settle_once(const Entry& entry, const std::vector<StreamEnd>& ends);
    void end_transaction() noexcept;

    Address address_;
    Sealer sealer_;
    Bytes channel_, process_;
    std::unique_ptr<Connection> connection_;
    std::optional<Head> locked_;  // while the write lock is held
    std::optional<ChangeCapture> capture_;
    std::uint64_t followed_ = 0, forget_ = 0;  // forget_: as the last look found it
    enum class News : std::uint8_t { none, some } news_ = News::some;
    std::chrono::steady_clock::time_point next_try_{}, said_{};  // next_try_: of a lost connection
};

}  // namespace doorstep::server::postgres
