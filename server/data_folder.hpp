// server/data_folder.hpp -- the folder that holds everything of one server: database, storage key, certificates.
#pragma once

#include <filesystem>
#include <memory>

#include "core/base/result.hpp"
#include "crypto/sealed_file.hpp"
#include "server/audit/head_file.hpp"
#include "server/config/configuration.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Files: doorstep.db (with PostgreSQL a copy of what is there), doorstep.db.archive, doorstep.db.erasures (0600),
/// doorstep.db.audit (0600), storage.key (0600), seal.key (0600), ca.pem, ca.key (0600), server.pem, server.key (0600).
/// The folder is 0700.
struct DataFolder {
    std::filesystem::path path;
    std::unique_ptr<Storage> storage;
};

enum class FolderMode { existing, create };

/// Errors: bad_configuration when the folder is missing or cannot be used, or the key is gone while the database is
/// not; and those of the storage. Which storage that is, the folder's own configuration file and the environment say.
Result<DataFolder> open_data_folder(const std::filesystem::path& path, FolderMode mode);
/// The same for who was given a configuration.
Result<DataFolder> open_data_folder(const std::filesystem::path& path, FolderMode mode,
                                    const Configuration& configuration);

/// The pair of keys whose public one phones seal files to that are handed over. Made at the first call.
/// Errors: bad_configuration, disk_full, internal.
Result<crypto::KeyPair> sealing_keys(const std::filesystem::path& path);
/// Where the head of the audit chain of this database is kept: beside it, with ".audit" behind its name. A relative
/// name lies in the folder. Errors: those of sealing_keys().
Result<audit::HeadFile> audit_heads(const std::filesystem::path& path, const std::filesystem::path& database);
/// Opens a file that a phone sealed to these keys. Errors: protocol_version, forbidden, malformed.
Result<crypto::Unsealed> open_sealed(std::string_view file, const crypto::KeyPair& keys);
/// The database of a data folder, without opening it. Errors: bad_configuration.
Result<DatabaseOptions> database_of(const std::filesystem::path& path);

}  // namespace doorstep::server
