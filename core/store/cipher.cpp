#include "core/store/cipher.hpp"

#include <algorithm>

#include "sqlite3.h"

extern "C" int sqlite3mc_config(sqlite3*, const char*, int);
extern "C" int sqlite3mc_cipher_index(const char*);

namespace doorstep {

Status set_key(sqlite3* db, const StorageKey& key) {
    sqlite3mc_config(db, "cipher", sqlite3mc_cipher_index("aegis"));
    Bytes raw = "raw:";
    raw.append(reinterpret_cast<const char*>(key.data()), key.size());
    const int rc = sqlite3_key_v2(db, "main", raw.data(), static_cast<int>(raw.size()));
    std::fill(raw.begin(), raw.end(), '\0');
    if (rc != SQLITE_OK) return sqlite_error(db, rc, "cannot set the key");
    return ok();
}

}  // namespace doorstep
