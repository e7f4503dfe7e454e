// bench/counting_vfs.hpp -- a SQLite VFS that counts what is read and written below the encryption: pages of the main
// file and of the write-ahead log alike.
#pragma once

#include <cstdint>
#include <string>

namespace doorstep::bench {

struct Pages {
    std::uint64_t read = 0, written = 0;
};

/// Since the program began; of all files opened through the VFS. Threads: none.
Pages& pages();
/// Installs the VFS once and returns the name for DatabaseOptions::vfs: encryption on top of it.
std::string counting_vfs();

}  // namespace doorstep::bench
