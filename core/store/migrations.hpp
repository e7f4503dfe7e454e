// core/store/migrations.hpp -- the schema's history. Append only: a released migration never changes.
#pragma once

#include "core/store/database.hpp"

namespace doorstep {

/// Brings the file to this version's schema in one transaction. A file of a newer schema is not touched.
/// Errors: schema_too_new, not_a_database (another program's file), and those of the store.
Status migrate(Database& db);

}  // namespace doorstep
