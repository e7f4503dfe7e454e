// server/doctor/database_checks.hpp -- whether the database opens, is whole, and what its audit chain says.
#pragma once

#include <filesystem>
#include <vector>

#include "server/doctor/finding.hpp"

namespace doorstep::server::doctor {

struct DatabaseFindings {
    std::vector<Finding> findings;  ///< of database, audit and backup, as far as could be looked at
    std::uint64_t known_ms = 0;     ///< the latest time that the server wrote down; 0: none is known
};
/// Works while the server runs, and leaves the file as it is. Reads every page: some seconds a gigabyte.
DatabaseFindings check_database(const std::filesystem::path& folder, std::uint64_t now_ms);

}  // namespace doorstep::server::doctor
