// server/doctor/system_checks.hpp -- what the system gives the server: files, disk, clock, descriptors, a port.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/doctor/finding.hpp"

namespace doorstep::server::doctor {

/// That the folder is there, the asking user's, and nobody else's to read.
Finding check_folder(const std::filesystem::path& folder);
/// That there is room for what phones bring.
Finding check_disk(const std::filesystem::path& folder);
/// That each key is there, ours alone to read, and of its size where that is fixed (0: any).
struct KeyFile {
    std::filesystem::path path;
    std::uintmax_t bytes = 0;
};
Finding check_keys(const std::vector<KeyFile>& keys);
/// That the clock stands behind what the server once wrote, and that the system keeps it right. `known_ms`: the latest
/// time that is known to have been.
Finding check_clock(std::uint64_t now_ms, std::uint64_t known_ms);
/// That there may be as many open files as connections are allowed.
Finding check_descriptors(std::uint64_t connections_max);
/// That the port is free, or taken by this very program.
Finding check_port(const std::string& address, std::uint16_t port);

}  // namespace doorstep::server::doctor
