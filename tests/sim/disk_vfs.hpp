// tests/sim/disk_vfs.hpp -- SQLite on simulated disks, below the encryption: every page seen here is the page on disk.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/disk.hpp"

namespace doorstep::sim {

/// Makes the simulated disks SQLite's default file system, so that code which names none (server/storage) lies on them
/// too. A path is "machine/file"; the machine's disk must be mounted. Once a process.
void install_disks();
/// Knows the disk by the first part of paths until unmount().
void mount(const std::string& machine, Disk& disk);
void unmount(const std::string& machine);

/// SQLite's allocations fail from number `at` on (0: never), until told otherwise. Needs install_disks().
void fail_memory(std::uint64_t at);
/// While one lives, allocations succeed: what runs now has another machine's memory.
struct OtherMemory {
    OtherMemory();
    ~OtherMemory();
    OtherMemory(const OtherMemory&) = delete;
    OtherMemory& operator=(const OtherMemory&) = delete;
};
/// Whether an allocation failed since fail_memory() was last called.
bool memory_failed();
/// SQLite draws from here on what it draws after any other call with this seed.
void seed_sqlite(std::uint64_t seed);

}  // namespace doorstep::sim
