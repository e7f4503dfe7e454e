// server/storage/sqlite_storage.hpp -- the default storage: one encrypted file beside the server, no other process
// needed.
#pragma once

#include <memory>

#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Opens or creates the file. Threads: none; one at a time. Other processes of this program may open the same file.
/// `chunks`: smaller ones are for tests. `erasures`: the list outside the file; nullptr: one beside it, of its name
/// with
/// ".erasures" behind. Errors: see Hub::open, and those of the list.
Result<std::unique_ptr<Storage>> open_sqlite_storage(const std::string& path, const StorageKey& key,
                                                     const EntropySeed& seed, Divisions divisions,
                                                     const ChunkSize& chunks = {},
                                                     std::shared_ptr<ErasureList> erasures = nullptr);

}  // namespace doorstep::server
