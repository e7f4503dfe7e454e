#include "server/storage/postgres/postgres_log.hpp"

#include <thread>

#include "core/base/sha256.hpp"
#include "server/storage/postgres/migrations.hpp"

namespace doorstep::server::postgres {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t id_bytes = 16;
constexpr std::chrono::minutes say_interval{1};

Result<Bytes> draw_id() {
    auto out = crypto::draw_bytes(id_bytes);
    if (!out) return Error{Errc::internal, "the system gives no random bytes"};
    return std::move(*out);
}

/// 20 ms doubling to 640 ms, a second and a quarter in all.
void pause_before(int attempt_from_1) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20) * (1 << (attempt_from_1 - 1)));
}

/// What PostgreSQL calls whom it wakes. A name may be 63 bytes long, a tenant's is anybody's choice.
Bytes channel_of(std::string_view tenant) { return "doorstep_" + sha256(tenant).hex().substr(0, 32); }

/// Where an entry is sealed for: its position in this log, behind the one before it. So a file that is no copy of what
/// the log was up to there cannot open it.
Bytes place_of_entry(const Bytes& log, std::uint64_t position, const Bytes& before) {
    return place_of(log, "entry", position).append(before);
}

/// The mark of a file that turned out to be no copy: PostgreSQL came back from a backup and went another way, or
/// somebody wrote to the file. The next opening puts it aside and makes it anew.
const Bytes unfit_entry = "unfit";

/// A superuser, and who may bypass the policies, would have no second net.
Status check_role(Connection& connection) {
    DOORSTEP_TRY_ASSIGN(const Rows rows, connection.run({"SELECT (rolsuper OR rolbypassrls)::int::bigint FROM pg_roles "
                                                         "WHERE rolname = current_user"}));
    if (rows.size() == 1 && rows.number(0, 0) == 0) return ok();
    return Error{Errc::bad_configuration,
                 "the role of storage.postgres.url is a superuser or bypasses row-level security; give the server a "
                 "role of its own"};
}

Result<std::vector<StreamEnd>> ends_of(Database& file, BytesView changes) {
    std::vector<StreamEnd> out;
    DOORSTEP_TRY_ASSIGN(const std::vector<std::int64_t> rows, rows_changed(changes, "stream"));
    DOORSTEP_TRY_ASSIGN(Statement * query, file.statement("SELECT key, position, chain FROM stream WHERE no = ?1"));
    for (const std::int64_t row : rows) {
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool there, query->integer(1, row).step());
        if (there)
            out.push_back(
                stream_end(query->blob_at(0), static_cast<std::uint64_t>(query->integer_at(1)), query->blob_at(2)));
    }
    return out;
}

}  // namespace

Result<std::unique_ptr<PostgresLog>> PostgresLog::connect(const Address& address, const StorageKey& key) {
    DOORSTEP_TRY_ASSIGN(const Sealer sealer, Sealer::of(key));
    std::unique_ptr<PostgresLog> out(new PostgresLog(address, sealer));
    out->channel_ = channel_of(address.tenant);
    DOORSTEP_TRY_ASSIGN(out->process_, draw_id());
    DOORSTEP_TRY(out->reconnect());
    DOORSTEP_TRY(check_role(*out->connection_));
    DOORSTEP_TRY(migrate(*out->connection_));
    return out;
}

/// What was told while nobody listened is asked for.
Status PostgresLog::reconnect() {
    if (connection_ && !connection_->is_lost()) return ok();
    DOORSTEP_TRY_ASSIGN(connection_, Connection::open(address_));
    news_ = News::some;
    return connection_->script("LISTEN " + channel_);
}

Status PostgresLog::check(const Head& head) const {
    if (head.key_check != sealer_.key_check())
        return Error{Errc::wrong_key,
                     "storage.key is not the one that this county's data in PostgreSQL was sealed with"};
    if (head.format > format)
        return Error{Errc::schema_too_new, "PostgreSQL holds format " + std::to_string(head.format) +
                                               ", this program knows " + std::to_string(format)};
    if (head.state == Head::State::closed)
        return Error{Errc::bad_configuration,
                     "this county went back to a file of its own; PostgreSQL is not its storage"};
    return ok();
}

Result<std::optional<Head>> PostgresLog::head() {
    DOORSTEP_TRY(reconnect());
    DOORSTEP_TRY_ASSIGN(const std::optional<Head> head, read_head(*connection_));
    if (head) DOORSTEP_TRY(check(*head));
    return head;
}

// --- a transaction ---------------------------------------------------------------------------------------------------

/// While PostgreSQL is away, requests are refused at once but for one try a second: nobody waits behind the others.
Status PostgresLog::check_line() const {
    const bool lost = !connection_ || connection_->is_lost();
    return lost && Clock::now() < next_try_ ? Status(Error{Errc::busy, "PostgreSQL cannot be reached"}) : ok();
}

void PostgresLog::give_up_for_now() {
    if (!connection_ || connection_->is_lost()) next_try_ = Clock::now() + std::chrono::seconds(1);
}

Status PostgresLog::lock_head() {
    DOORSTEP_TRY(check_line());
    Error last;
    for (int attempt = 1; attempt <= tries_max; ++attempt) {
        if (attempt > 1) pause_before(attempt - 1);
        const Status connected = reconnect();
        const auto head =
            connected ? begin_with_head(*connection_, Lock::write) : Result<std::optional<Head>>(connected.error());
        if (head && head.value()) {
            locked_ = *head.value();
            const Status fit = check(*locked_);
            if (!fit) end_transaction();
            return fit;
        }
        last = head ? Error{Errc::bad_configuration, "PostgreSQL does not hold this county any more"} : head.error();
        end_transaction();
        if (last.code != Errc::busy) return last;
    }
    give_up_for_now();
    return last;
}

void PostgresLog::end_transaction() noexcept {
    locked_.reset();
    if (connection_ && !connection_->is_lost()) static_cast<void>(connection_->run({"ROLLBACK"}));
}

Status PostgresLog::enter(Database& file) {
    DOORSTEP_TRY(lock_head());
    const auto followed = follow(file);
    if (followed && followed.value() == locked_->position) return ok();
    end_transaction();
    if (!followed) return followed.error();
    return Error{Errc::corrupt, "the working file is ahead of PostgreSQL, which came back from a copy: start again"};
}

Status PostgresLog::begin(Database& file) {
    DOORSTEP_TRY_ASSIGN(ChangeCapture capture, ChangeCapture::begin(file));
    capture_.emplace(std::move(capture));
    return ok();
}

Status PostgresLog::append(Database& file) {
    DOORSTEP_TRY_ASSIGN(const Bytes changes, capture_->changes());
    if (changes.empty()) return ok();
    Entry entry;
    entry.position = locked_->position + 1;
    DOORSTEP_TRY_ASSIGN(entry.id, draw_id());
    DOORSTEP_TRY_ASSIGN(entry.body,
                        sealer_.seal(place_of_entry(locked_->log, entry.position, locked_->entry), changes));
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamEnd> ends, ends_of(file, changes));
    DOORSTEP_TRY(set_log_mark(file, {locked_->log, entry.position, entry.id}));
    const auto appended = connection_->run_all(postgres::append(entry, ends, channel_));
    if (!appended) DOORSTEP_TRY(settle(entry, ends, appended.error()));
    locked_.reset();
    return ok();
}

/// An append that failed, or whose answer was lost: did it happen, and if it did not, can it still?
Status PostgresLog::settle(const Entry& entry, const std::vector<StreamEnd>& ends, Error first) {
    Error last = std::move(first);
    for (int attempt = 1; attempt < tries_max && last.code == Errc::busy; ++attempt) {
        if (connection_->is_lost()) connection_.reset();
        if (connection_) static_cast<void>(connection_->run({"ROLLBACK"}));
        pause_before(attempt);
        const auto settled = settle_once(entry, ends);
        if (settled && settled.value()) return ok();
        last = settled ? Error{Errc::corrupt, "another was first"} : settled.error();
        if (settled)
            return Error{Errc::busy,
                         "the lock in PostgreSQL was lost, and another server wrote meanwhile; send it again"};
    }
    return last;
}

/// False: another entry stands in its place. The head's lock waits for whatever COMMIT is still under way.
Result<bool> PostgresLog::settle_once(const Entry& entry, const std::vector<StreamEnd>& ends) {
    DOORSTEP_TRY(reconnect());
    DOORSTEP_TRY_ASSIGN(const std::optional<Head> head, begin_with_head(*connection_, Lock::write));
    if (!head) return false;
    if (head->position + 1 == entry.position && head->entry == locked_->entry) {
        DOORSTEP_TRY(connection_->run_all(postgres::append(entry, ends, channel_)));
        return true;
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> there, entry_id(*connection_, entry.position));
    DOORSTEP_TRY(connection_->run({"ROLLBACK"}));
    return there == entry.id;
}

void PostgresLog::leave(Database&) noexcept {
    capture_.reset();
    if (locked_) end_transaction();
}

// --- following others ------------------------------------------------------------------------------------------------

/// Where the file is then: at the end of the log as it was asked for, or beyond it.
Result<std::uint64_t> PostgresLog::follow(Database& file) {
    while (true) {
        DOORSTEP_TRY_ASSIGN(const std::optional<LogMark> seen, log_mark(file));
        if (!seen) return Error{Errc::corrupt, "the working file follows no log"};
        if (locked_ && seen->position >= locked_->position) return seen->position;
        DOORSTEP_TRY_ASSIGN(const Tail tail, entries_beyond(*connection_, seen->position));
        forget_ = tail.forget;
        if (tail.entries.empty() && tail.end > seen->position)
            return Error{Errc::corrupt, "the working file is further behind than the log reaches: start again"};
        if (tail.entries.empty()) return seen->position;
        std::uint64_t at = 0, applied = 0;
        const Status took = file.write_locally([&]() -> Status {
            // Another process of this folder may have been faster.
            DOORSTEP_TRY_ASSIGN(std::optional<LogMark> mark, log_mark(file));
            if (!mark) return Error{Errc::corrupt, "the working file follows no log"};
            for (const Entry& entry : tail.entries) {
                if (entry.position <= mark->position) continue;
                if (entry.position != mark->position + 1)
                    return Error{Errc::corrupt, "the working file is further behind than the log reaches: start again"};
                DOORSTEP_TRY_ASSIGN(const Bytes changes,
                                    sealer_.open(place_of_entry(mark->log, entry.position, mark->entry), entry.body));
                DOORSTEP_TRY(apply_changes(file, changes));
                mark->position = entry.position;
                mark->entry = entry.id;
                ++applied;
            }
            at = mark->position;
            return set_log_mark(file, *mark);
        });
        if (!took && took.error().code == Errc::corrupt)
            static_cast<void>(file.write_locally([&] { return set_log_mark(file, {seen->log, 0, unfit_entry}); }));
        DOORSTEP_TRY(took);
        followed_ += applied;
        if (at >= tail.end) return at;
    }
}

Status PostgresLog::catch_up(Database& file) {
    DOORSTEP_TRY(check_line());
    Error last;
    for (int attempt = 1; attempt <= tries_max; ++attempt) {
        if (attempt > 1) pause_before(attempt - 1);
        const Status connected = reconnect();
        if (connected) news_ = News::none;
        const auto followed = connected ? follow(file) : Result<std::uint64_t>(connected.error());
        if (followed) return say_where(followed.value());
        news_ = News::some;
        last = followed.error();
        if (last.code != Errc::busy) return last;
    }
    give_up_for_now();
    return last;
}

/// Once a minute, and whenever others wait for it. A server that cannot say so now does the next time.
Status PostgresLog::say_where(std::uint64_t position) {
    const auto now = Clock::now();
    if (forget_ == 0 && now < said_ + say_interval) return ok();
    const Status said = note_follower(*connection_, process_, position);
    if (said) said_ = now;
    return said || said.error().code == Errc::busy ? ok() : said;
}

bool PostgresLog::heard() {
    if (!connection_ || connection_->is_lost()) {
        if (!check_line()) return false;
        const Status connected = reconnect();
        give_up_for_now();
        return static_cast<bool>(connected);
    }
    const auto notified = connection_->was_notified();
    return news_ == News::some || (notified && notified.value()) || Clock::now() >= said_ + say_interval;
}

// --- bases -----------------------------------------------------------------------------------------------------------

Status PostgresLog::found(Database& file) {
    Head head;
    DOORSTEP_TRY_ASSIGN(head.log, draw_id());
    DOORSTEP_TRY(reconnect());
    DOORSTEP_TRY(file.write_locally([&] { return set_log_mark(file, {head.log, 0, Bytes()}); }));
    DOORSTEP_TRY_ASSIGN(const BaseFiles files, copy_for_base(file));
    DOORSTEP_TRY(connection_->run({"BEGIN"}));
    const auto made = connection_->run(
        {"INSERT INTO tenant (tenant, log, format, key_check, position, entry, base) VALUES "
         "(current_setting('doorstep.tenant'), $1, $2, $3, 0, '', 0) ON CONFLICT DO NOTHING",
         {Parameter::bytes(head.log), Parameter::number(format), Parameter::bytes(sealer_.key_check())}});
    Status done = made ? ok() : Status(made.error());
    if (made && made.value().changed() == 0)
        done = Error{Errc::already_exists, "PostgreSQL holds a county of this name already"};
    if (done) done = put_base(*connection_, sealer_, address_.tenant, 0, files);
    if (done) {
        const auto committed = connection_->run({"COMMIT"});
        done = committed ? ok() : Status(committed.error());
    }
    if (!done) {
        end_transaction();
        static_cast<void>(file.write_locally([&] { return clear_log_mark(file); }));
    }
    remove_copies(files);
    return done;
}

Status PostgresLog::rebuild(const std::filesystem::path& path, const Head& head) {
    DOORSTEP_TRY(reconnect());
    return get_base(*connection_, sealer_, address_.tenant, head.base, path);
}

Result<std::optional<PostgresLog::Unfit>> PostgresLog::unfit(const LogMark& mark, const Head& head) {
    if (mark.log != head.log) return std::optional<Unfit>(Unfit::other_log);
    if (mark.entry == unfit_entry) return std::optional<Unfit>(Unfit::ahead);
    if (mark.position > head.position) return std::optional<Unfit>(Unfit::ahead);
    DOORSTEP_TRY(reconnect());
    if (mark.position == head.position)
        return mark.entry == head.entry ? std::optional<Unfit>() : std::optional<Unfit>(Unfit::ahead);
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> here, entry_id(*connection_, mark.position));
    if (here && *here != mark.entry) return std::optional<Unfit>(Unfit::ahead);
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> next, entry_id(*connection_, mark.position + 1));
    return next ? std::optional<Unfit>() : std::optional<Unfit>(Unfit::behind);
}

/// What was there before the last base is kept until now, so that who is between the two follows without beginning
/// anew.
Status PostgresLog::make_base(Database& file, Older older) {
    DOORSTEP_TRY(catch_up(file));
    DOORSTEP_TRY_ASSIGN(const BaseFiles files, copy_for_base(file));
    DOORSTEP_TRY_ASSIGN(const std::optional<LogMark> mark, log_mark(file));
    if (!mark) return Error{Errc::corrupt, "the working file follows no log"};
    DOORSTEP_TRY_ASSIGN(const std::unique_ptr<Connection> line, Connection::open(address_));
    DOORSTEP_TRY_ASSIGN(const std::optional<Head> head, begin_with_head(*line, Lock::none));
    if (!head) return Error{Errc::bad_configuration, "PostgreSQL does not hold this county any more"};
    const auto position = static_cast<std::int64_t>(mark->position);
    const auto before = static_cast<std::int64_t>(head->base);
    const bool forgets = older == Older::gone;
    Status done = ok();
    if (mark->position > head->base) {
        done = put_base(*line, sealer_, address_.tenant, mark->position, files);
        std::vector<Query> switching;
        switching.push_back(
            {"UPDATE tenant SET base = $1 WHERE tenant = current_setting('doorstep.tenant') AND base < "
             "$1",
             {Parameter::number(position)}});
        switching.push_back(
            {"DELETE FROM base WHERE tenant = current_setting('doorstep.tenant') AND position < (SELECT "
             "base FROM tenant WHERE tenant = current_setting('doorstep.tenant'))"});
        switching.push_back({"DELETE FROM entry WHERE tenant = current_setting('doorstep.tenant') AND position <= $1",
                             {Parameter::number(before)}});
        // Not at once: a server that has not followed yet would have to begin anew.
        if (forgets)
            switching.push_back({"UPDATE tenant SET forget = $1 WHERE tenant = current_setting('doorstep.tenant')",
                                 {Parameter::number(position)}});
        switching.push_back({"COMMIT"});
        if (done) {
            const auto switched = line->run_all(std::move(switching));
            if (!switched) done = switched.error();
        }
    }
    remove_copies(files);
    DOORSTEP_TRY(done);
    return forgets ? catch_up(file) : ok();
}

Status PostgresLog::close(Database& file) {
    DOORSTEP_TRY(enter(file));
    const auto closed = connection_->run_all(
        {{"UPDATE tenant SET closed = 1 WHERE tenant = current_setting('doorstep.tenant')"}, {"COMMIT"}});
    if (!closed) {
        end_transaction();
        return closed.error();
    }
    locked_.reset();
    return file.write_locally([&] { return clear_log_mark(file); });
}

}  // namespace doorstep::server::postgres
