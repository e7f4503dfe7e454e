// server/files/atomic_file.hpp -- small files that are there wholly or not at all.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace doorstep::server {

/// Writes `bytes` beside `path`, syncs, renames over it and syncs the folder: after a crash the old or the new file is
/// there, with its permissions from the first byte on. disk_full or io, with the path; the old file is then untouched.
Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes, ::mode_t mode);

/// The file's bytes. not_found; io; value_too_large above bytes_max.
Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace doorstep::server
