// server/storage/postgres/migrations.hpp -- the tables of the log, brought up to date in numbered steps.
#pragma once

#include <string_view>
#include <vector>

#include "server/storage/postgres/connection.hpp"

namespace doorstep::server::postgres {

/// Number n (from 1) brings the schema from version n - 1 to n. They are the files of the folder migrations/.
std::vector<std::string_view> migrations();
/// Brings the schema "doorstep" up to date; several at once wait for each other. Errors: schema_too_new, which changes
/// nothing; bad_configuration when the role may not make it; and those of the connection.
Status migrate(Connection& connection);

}  // namespace doorstep::server::postgres
