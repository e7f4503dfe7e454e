// server/storage/postgres/base.hpp -- a whole file in PostgreSQL, in sealed chunks, for a process to begin from.
#pragma once

#include <filesystem>

#include "server/storage/postgres/sealer.hpp"
#include "server/storage/postgres/tenant.hpp"

namespace doorstep::server::postgres {

/// What a base is of: a copy of the working file as of one moment, and of the archive beside it if there is one.
struct BaseFiles {
    std::filesystem::path database, archive;  ///< archive: "" when there is none
};

/// Copies of the file and its archive beside them, under the same key. Errors: those of the database, io.
Result<BaseFiles> copy_for_base(Database& file);
void remove_copies(const BaseFiles& files);

/// Puts the chunks of the files in, within the caller's transaction. Errors: io, those of the connection.
Status put_base(Connection& connection, const Sealer& sealer, std::string_view tenant, std::uint64_t position,
                const BaseFiles& files);
/// Writes the files of the base at the position, durably, in place of those at `database` and beside it. Errors:
/// not_found when the base is not whole; corrupt, disk_full, io, and those of the connection.
Status get_base(Connection& connection, const Sealer& sealer, std::string_view tenant, std::uint64_t position,
                const std::filesystem::path& database);

}  // namespace doorstep::server::postgres
