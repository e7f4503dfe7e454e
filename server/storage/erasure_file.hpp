// server/storage/erasure_file.hpp -- the erase list as a file of its own, outside the database and its backups.
#pragma once

#include <filesystem>

#include "core/engine/hub.hpp"

namespace doorstep::server {

/// Written beside itself, synced and renamed for each addition: after a crash the old list or the new one is there,
/// whole. Programs that add to it at one time wait for each other. It holds no words and is readable by its owner
/// alone. An operator keeps a copy of it apart from the backups of the database (docs/erasure.md).
class ErasureFile final : public ErasureList {
public:
    explicit ErasureFile(std::filesystem::path path) : path_(std::move(path)) {}
    /// Empty when there is no file. Errors: io; corrupt when it is not what append() wrote: nothing is guessed, since a
    /// list that is read short would let words come back.
    Result<std::vector<Bytes>> read() override;
    /// Errors: those of read(), disk_full, io.
    Status append(const std::vector<Bytes>& entries) override;

private:
    Result<Bytes> read_bytes() const;
    std::filesystem::path path_;
};

}  // namespace doorstep::server
