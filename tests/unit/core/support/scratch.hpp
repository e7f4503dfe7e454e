// tests/unit/core/support/scratch.hpp -- a fresh folder that goes away with its owner.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace doorstep::test {

/// Memory where the system has it, unless TMPDIR says otherwise: these tests open thousands of files and are about what
/// SQLite is told to write, not about how fast a disk is.
inline std::filesystem::path scratch_base() {
    namespace fs = std::filesystem;
    constexpr std::uintmax_t enough_bytes = 512 << 20;  // a container may give /dev/shm 64 MB
    const fs::path memory = "/dev/shm";
    std::error_code failed;
    const fs::space_info space = fs::space(memory, failed);
    const bool usable = !failed && space.available >= enough_bytes && access(memory.c_str(), W_OK) == 0;
    return std::getenv("TMPDIR") == nullptr && usable ? memory : fs::temp_directory_path();
}

class Scratch {
public:
    Scratch() {
        static std::atomic<int> made{0};
        root_ = scratch_base() / ("doorstep-core-" + std::to_string(getpid()) + "-" + std::to_string(made++));
        std::filesystem::remove_all(root_);
        std::filesystem::create_directories(root_);
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::string path(const std::string& name) const { return (root_ / name).string(); }

private:
    std::filesystem::path root_;
};

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Copies a database that nobody has open, with its write-ahead log when it has one: a backup made by hand.
inline void copy_database(const std::string& from, const std::string& to) {
    namespace fs = std::filesystem;
    for (const char* suffix : {"", "-wal"}) {
        fs::remove(to + suffix);
        if (fs::exists(from + suffix)) fs::copy_file(from + suffix, to + suffix);
    }
    fs::remove(to + "-shm");
}

}  // namespace doorstep::test
