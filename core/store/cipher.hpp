// core/store/cipher.hpp -- gives a fresh SQLite connection the key to its file.
#pragma once

#include "core/store/database.hpp"

namespace doorstep {

/// Reads nothing but the file's salt: whether the key fits shows at the first page. Errors: those of the store.
Status set_key(sqlite3* db, const StorageKey& key);

}  // namespace doorstep
