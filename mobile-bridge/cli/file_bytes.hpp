// mobile-bridge/cli/file_bytes.hpp -- whole files and streams, up to a limit.
#pragma once

#include <string>
#include <string_view>

#include "mobile-bridge/cli/result.hpp"

namespace doorstep::cli {

/// Owns a file descriptor.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

/// Everything up to the end. Errors: `code` with the reason when it cannot be read, value_too_large over bytes_max.
Result<std::string> read_all(int fd, std::string_view name, std::size_t bytes_max, ds_status code);
Result<std::string> read_file(const std::string& path, std::size_t bytes_max, ds_status code);

/// Writes a file that was not there, readable by its owner alone and durable when it returns. Errors: already_exists,
/// disk_full, io.
Status write_new_file(const std::string& path, std::string_view bytes);

/// What errno says about a path: disk_full, or io.
Failure io_failure(int error_number, std::string_view path);

}  // namespace doorstep::cli
