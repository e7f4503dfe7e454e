// server/storage/postgres/postgres_storage.hpp -- the storage of an office that one machine is not enough for: what
// counts is in PostgreSQL, and each server process works on a file that it can throw away.
#pragma once

#include "server/storage/postgres/postgres_log.hpp"
#include "server/storage/sqlite_storage.hpp"

namespace doorstep::server::postgres {

/// `path`: the working file. It is made from PostgreSQL when it is missing or cannot follow; what cannot is kept beside
/// it, with ".ahead" behind its name, when it has what PostgreSQL lost. `key`: the same at all processes. Threads:
/// none; one at a time. Errors: busy when PostgreSQL cannot be reached; bad_configuration; wrong_key; schema_too_new,
/// which changes nothing; those of open_sqlite_storage().
Result<std::unique_ptr<Storage>> open_postgres_storage(const Address& address, const std::string& path,
                                                       const StorageKey& key, const EntropySeed& seed,
                                                       Divisions divisions, const ChunkSize& chunks = {});

/// Makes the file of an office on SQLite, which nobody has open, the beginning of its tenant in PostgreSQL, and from
/// then on its working file. Errors: already_exists; not_found without a file; those of the file and of PostgreSQL.
Status move_to_postgres(const Address& address, const std::string& path, const StorageKey& key);
/// The way back: the file is all there is again, and no process writes to the tenant any more.
Status move_to_sqlite(const Address& address, const std::string& path, const StorageKey& key);

}  // namespace doorstep::server::postgres
