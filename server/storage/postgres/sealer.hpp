// server/storage/postgres/sealer.hpp -- what goes to PostgreSQL goes compressed and sealed: it and its backups never
// hold a word in the clear.
#pragma once

#include "core/base/bytes.hpp"
#include "core/store/database.hpp"
#include "crypto/sealed_block.hpp"

namespace doorstep::server::postgres {

/// Under a key that follows from the storage key. Threads: any.
class Sealer {
public:
    /// Errors: internal.
    static Result<Sealer> of(const StorageKey& storage_key);
    /// The same for all that have the key, and no use to others.
    Bytes key_check() const;
    /// `place` names the tenant, the kind and the number: bytes of another place do not open. Errors: internal.
    Result<Bytes> seal(BytesView place, BytesView content) const;
    /// Errors: corrupt.
    Result<Bytes> open(BytesView place, BytesView sealed) const;

private:
    explicit Sealer(const crypto::Secret& key) : key_(key) {}
    crypto::Secret key_;
};

/// The name of a place: sealed bytes cannot be shown at another.
Bytes place_of(std::string_view tenant, std::string_view kind, std::uint64_t number, std::uint64_t part = 0);

}  // namespace doorstep::server::postgres
