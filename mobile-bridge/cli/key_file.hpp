// mobile-bridge/cli/key_file.hpp -- the file that stands in for a phone's key store: 32 bytes, readable by its owner.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "mobile-bridge/cli/result.hpp"

namespace doorstep::cli {

/// 32 secret bytes, wiped when they are no longer needed.
struct Secret {
    std::array<std::uint8_t, 32> bytes{};
    Secret() = default;
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    ~Secret();
};

/// Writes a file that its owner alone may read, whole and durable when it returns, and never over another: whoever
/// comes second changes nothing. Errors: io, disk_full.
Status keep_once(const std::string& path, std::string_view bytes);
/// From the system's random source. Errors: io.
Result<Secret> draw_secret();
/// Errors: wrong_key when the file is not 32 bytes long, io.
Result<Secret> read_key_file(const std::string& path);
/// A new key, or the one that somebody else has just kept there. Errors: those of keep_once() and read_key_file().
Result<Secret> make_key_file(const std::string& path);

}  // namespace doorstep::cli
