#include "server/storage/postgres/postgres_storage.hpp"

#include "server/storage/postgres/erasures.hpp"

namespace doorstep::server::postgres {
namespace {

namespace fs = std::filesystem;

DatabaseOptions options_of(const std::string& path, const StorageKey& key, OpenMode mode) {
    DatabaseOptions options;
    options.path = path;
    options.key = key;
    options.mode = mode;
    return options;
}

/// A file that does not open, or follows nothing, has no mark.
Result<std::optional<LogMark>> mark_of_file(const std::string& path, const StorageKey& key) {
    auto file = Database::open(options_of(path, key, OpenMode::existing));
    if (!file) return file.error();
    return log_mark(file.value());
}

/// The first process of a county makes it.
Status found_county(PostgresLog& log, const std::string& path, const StorageKey& key) {
    DOORSTEP_TRY_ASSIGN(Database file, Database::open(options_of(path, key, OpenMode::create)));
    DOORSTEP_TRY(make_storage_tables(file));
    return log.found(file);
}

Status remove_file(const std::string& path) {
    std::error_code fault;
    for (const char* behind : {"", "-wal", "-shm"}) fs::remove(path + behind, fault);
    return ok();
}

/// What PostgreSQL lost is thrown away by nobody.
Status put_aside(const std::string& path) {
    std::error_code fault;
    for (const char* behind : {"-wal", "-shm", ""})
        if (fs::exists(path + behind)) fs::rename(path + behind, path + ".ahead" + behind, fault);
    if (fault) return Error{Errc::io, "a file that is ahead of PostgreSQL cannot be put aside"};
    return ok();
}

enum class Found : std::uint8_t { as_it_was, came_back };

/// Sees to it that there is a file at the path that can follow.
Result<Found> prepare(PostgresLog& log, const std::string& path, const StorageKey& key) {
    std::optional<LogMark> mark;
    if (fs::exists(path)) {
        DOORSTEP_TRY_ASSIGN(mark, mark_of_file(path, key));
        if (!mark)
            return Error{Errc::bad_configuration,
                         "this folder has a database of its own: doorstep-server migrate --from sqlite --to postgres "
                         "moves it to PostgreSQL"};
    }
    DOORSTEP_TRY_ASSIGN(std::optional<Head> head, log.head());
    if (!head && mark)
        return Error{Errc::bad_configuration,
                     "PostgreSQL does not hold the county that this folder's file is a copy of"};
    if (!head) {
        const Status founded = found_county(log, path, key);
        if (founded) return Found::as_it_was;
        DOORSTEP_TRY(remove_file(path));
        if (founded.error().code != Errc::already_exists) return founded.error();
        DOORSTEP_TRY_ASSIGN(head, log.head());  // another process was faster
        if (!head) return founded.error();
    }
    std::optional<PostgresLog::Unfit> unfit = PostgresLog::Unfit::behind;
    if (mark) {
        DOORSTEP_TRY_ASSIGN(unfit, log.unfit(*mark, *head));
    }
    if (!unfit) return Found::as_it_was;
    if (*unfit == PostgresLog::Unfit::other_log)
        return Error{Errc::bad_configuration, "this folder's file is a copy of another county's data"};
    const bool ahead = *unfit == PostgresLog::Unfit::ahead;
    if (ahead) DOORSTEP_TRY(put_aside(path));
    DOORSTEP_TRY(log.rebuild(path, *head));
    return ahead ? Found::came_back : Found::as_it_was;
}

}  // namespace

Result<std::unique_ptr<Storage>> open_postgres_storage(const Address& address, const std::string& path,
                                                       const StorageKey& key, const EntropySeed& seed,
                                                       Divisions divisions, const ChunkSize& chunks) {
    DOORSTEP_TRY_ASSIGN(std::unique_ptr<PostgresLog> log, PostgresLog::connect(address, key));
    DOORSTEP_TRY_ASSIGN(const Found found, prepare(*log, path, key));
    auto erasures = std::make_shared<SharedErasures>(path + ".erasures", address, log->sealer());
    DOORSTEP_TRY_ASSIGN(
        std::unique_ptr<Storage> storage,
        open_sqlite_storage(path, key, seed, std::move(divisions), chunks, std::move(erasures), std::move(log)));
    if (found == Found::came_back) DOORSTEP_TRY(storage->came_back());
    DOORSTEP_TRY(storage->catch_up());  // from here on it counts among those that follow
    return storage;
}

Status move_to_postgres(const Address& address, const std::string& path, const StorageKey& key) {
    {
        // As its owner would open it: a copy that came back begins its new life first, an old schema is brought up.
        DOORSTEP_TRY_ASSIGN(Database file, Database::open(options_of(path, key, OpenMode::existing)));
        DOORSTEP_TRY_ASSIGN(const std::optional<LogMark> mark, log_mark(file));
        if (mark) return Error{Errc::already_exists, "this folder's file is a copy of what PostgreSQL holds already"};
        // SQLite leaves its write-ahead log only when nobody else has the file open.
        const Status alone = file.execute("PRAGMA journal_mode = DELETE");
        if (!alone) return Error{Errc::busy, "a server has this folder's file open; stop it first"};
        DOORSTEP_TRY(make_storage_tables(file));
    }
    DOORSTEP_TRY_ASSIGN(const std::unique_ptr<PostgresLog> log, PostgresLog::connect(address, key));
    DOORSTEP_TRY_ASSIGN(Database file, Database::open(options_of(path, key, OpenMode::existing)));
    DOORSTEP_TRY(log->found(file));
    SharedErasures erasures(path + ".erasures", address, log->sealer());
    DOORSTEP_TRY(erasures.read());
    return ok();
}

Status move_to_sqlite(const Address& address, const std::string& path, const StorageKey& key) {
    DOORSTEP_TRY_ASSIGN(const std::unique_ptr<PostgresLog> log, PostgresLog::connect(address, key));
    DOORSTEP_TRY(prepare(*log, path, key));
    SharedErasures erasures(path + ".erasures", address, log->sealer());
    DOORSTEP_TRY(erasures.read());
    DOORSTEP_TRY_ASSIGN(Database file, Database::open(options_of(path, key, OpenMode::existing)));
    return log->close(file);
}

}  // namespace doorstep::server::postgres
