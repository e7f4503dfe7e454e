// server/storage_settings.hpp -- which storage the configuration names.
#pragma once

#include <optional>

#include "server/config/configuration.hpp"
#include "server/storage/postgres/connection.hpp"

namespace doorstep::server {

/// nullopt: the embedded one. Errors: bad_configuration when storage.kind is postgres and the rest is not said.
Result<std::optional<postgres::Address>> postgres_address(const Configuration& configuration);
/// The same, whatever storage.kind says: for who moves there or back.
Result<postgres::Address> named_postgres(const Configuration& configuration);

}  // namespace doorstep::server
