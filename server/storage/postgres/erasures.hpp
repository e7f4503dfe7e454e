// server/storage/postgres/erasures.hpp -- the erase list of servers that share one PostgreSQL: each keeps it in a file
// of its own, and all of them in PostgreSQL.
#pragma once

#include "core/engine/hub.hpp"
#include "server/storage/erasure_file.hpp"
#include "server/storage/postgres/connection.hpp"
#include "server/storage/postgres/sealer.hpp"

namespace doorstep::server::postgres {

/// A list that has lost entries gets them back from the other: a PostgreSQL that came back from a backup is told what
/// was erased since by any server that still has its folder. Errors: those of the file and the connection.
/// Threads: none.
class SharedErasures final : public ErasureList {
public:
    SharedErasures(const std::filesystem::path& file, Address address, const Sealer& sealer)
        : file_(file), address_(std::move(address)), sealer_(sealer) {}
    Result<std::vector<Bytes>> read() override;
    /// In the file first, and then in PostgreSQL.
    Status append(const std::vector<Bytes>& entries) override;

private:
    Status put(Connection& connection, const std::vector<Bytes>& entries);

    ErasureFile file_;
    Address address_;
    Sealer sealer_;
};

}  // namespace doorstep::server::postgres
