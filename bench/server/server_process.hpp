// bench/server/server_process.hpp -- the measured server in a process of its own, and what the system says of it.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep::bench {

/// Runs a program to its end and returns what it printed. Errors: io when it cannot be started; internal when it fails.
Result<std::string> run_program(const std::vector<std::string>& command);

/// Threads: none.
class ServerProcess {
public:
    /// Starts a program and waits for the line in which it names its port ("… on https://ADDRESS:PORT").
    /// Errors: io when it cannot be started; internal when it ends without naming one.
    static Result<std::unique_ptr<ServerProcess>> start(const std::vector<std::string>& command);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    std::uint16_t port() const { return port_; }
    /// User and system time so far.
    double cpu_s() const;
    /// Resident memory now.
    double resident_mib() const;
    /// SIGTERM, and waits for the end.
    void stop() { end(SIGTERM); }
    /// SIGKILL: no chance to write or to say goodbye.
    void kill() { end(SIGKILL); }

private:
    ServerProcess() = default;
    void end(int signal);
    pid_t pid_ = 0;
    int output_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace doorstep::bench
