// server/data_folder.hpp -- the folder that holds everything of one server: database, storage key, certificates.
#pragma once

#include <filesystem>
#include <memory>

#include "core/base/result.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Files: doorstep.db, storage.key (0600), ca.pem, ca.key (0600), server.pem, server.key (0600). The folder is 0700.
struct DataFolder {
    std::filesystem::path path;
    std::unique_ptr<Storage> storage;
};

enum class FolderMode { existing, create };

/// Errors: bad_configuration when the folder is missing or cannot be used, or the key is gone while the database is
/// not; and those of the storage.
Result<DataFolder> open_data_folder(const std::filesystem::path& path, FolderMode mode);

}  // namespace doorstep::server
