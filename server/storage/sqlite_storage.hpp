// server/storage/sqlite_storage.hpp -- the default storage: one encrypted file beside the server, no other process
// needed.
#pragma once

#include <memory>

#include "server/storage/followed_log.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Opens or creates the file. Threads: none; one at a time. Other processes of this program may open the same file.
/// `chunks`: smaller ones are for tests. `erasures`: the list outside the file; nullptr: one beside it, of its name
/// with ".erasures" behind. `log`: the file is a copy of what this says, and follows it. Errors: see Hub::open, and
/// those of the list and the log; bad_configuration when the file follows a log and none is given.
Result<std::unique_ptr<Storage>> open_sqlite_storage(const std::string& path, const StorageKey& key,
                                                     const EntropySeed& seed, Divisions divisions,
                                                     const ChunkSize& chunks = {},
                                                     std::shared_ptr<ErasureList> erasures = nullptr,
                                                     std::unique_ptr<FollowedLog> log = nullptr);
/// Gives a file all tables that the storage keeps, of a new one too. Errors: see Store::open.
Status make_storage_tables(Database& file);

}  // namespace doorstep::server
