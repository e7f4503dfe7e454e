// tests/unit/server/storage/postgres_cluster.hpp -- a PostgreSQL of the test's own: made in a scratch folder, run as a
// user without rights, reached by a socket in that folder alone, and gone with the test.
#pragma once

#include <sys/types.h>

#include <string>

#include "server/storage/postgres/connection.hpp"

namespace doorstep::server::test {

enum class Disk { synced, fast };  ///< fast: nothing survives a power cut, which no test of a program's death needs

class PostgresCluster {
public:
    /// Throws std::runtime_error, with what PostgreSQL said, when it does not come up.
    explicit PostgresCluster(Disk disk = Disk::fast);
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;
    ~PostgresCluster();

    /// As the server's role, which owns the database and is no superuser.
    std::string url() const { return url_of("office"); }
    postgres::Address address(const std::string& tenant) const { return {url(), tenant}; }
    /// As the superuser.
    std::string superuser_url() const { return url_of("postgres"); }
    /// Kills PostgreSQL, as a machine that fails would, and starts it again.
    void restart();
    const std::string& folder() const { return folder_; }

    /// One for the whole test program.
    static PostgresCluster& shared();

private:
    std::string url_of(const std::string& role) const;
    void start();
    void stop(int signal);

    std::string folder_, bin_;
    Disk disk_;
    ::pid_t postgres_ = 0;
};

}  // namespace doorstep::server::test
