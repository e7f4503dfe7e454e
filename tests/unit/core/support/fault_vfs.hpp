// tests/unit/core/support/fault_vfs.hpp -- a SQLite VFS that counts what is done to files, and breaks at a chosen
// moment. It lies below the encryption and above the system: every page it sees is the page that reaches the file.
#pragma once

#include <cstdint>
#include <string>

namespace doorstep::test {

/// Counted, for every file (main database, write-ahead log, its index): write, sync, truncate, delete, and each call on
/// shared memory. Reads are not: they change nothing.
struct FaultPlan {
    enum class Fault {
        none,
        kill,       ///< SIGKILL instead of call number `at`; a write at an odd number has put half of its bytes first
        disk_full,  ///< from call number `at` on nothing that needs space succeeds
        io_error,   ///< from call number `at` on every counted call fails, locks and barriers aside
    };
    Fault fault = Fault::none;
    std::uint64_t at = 0;     ///< from 1
    std::uint64_t calls = 0;  ///< counted so far
    bool struck = false;      ///< the fault hit something
    std::uint64_t syncs = 0;  ///< among the calls
};

/// The plan that all files opened through the VFS share. Threads: none.
FaultPlan& fault_plan();
/// Installs the VFS once and returns the name for DatabaseOptions::vfs: encryption on top of it.
std::string fault_vfs();

}  // namespace doorstep::test
