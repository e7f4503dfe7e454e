#include "mobile-bridge/cli/file_bytes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "mobile-bridge/cli/messages.hpp"

namespace doorstep::cli {
namespace {

std::string reason_of(int error_number) { return std::generic_category().message(error_number); }

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Result<std::string> read_all(int fd, std::string_view name, std::size_t bytes_max, ds_status code) {
    std::string out;
    std::array<char, 64 * 1024> block{};
    for (;;) {
        const ssize_t got = ::read(fd, block.data(), block.size());
        if (got == 0) return out;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Failure{code, text<Text::cannot_read>(name, reason_of(errno))};
        if (out.size() + static_cast<std::size_t>(got) > bytes_max)
            return Failure{DS_VALUE_TOO_LARGE, text<Text::file_too_large>(name, bytes_max)};
        out.append(block.data(), static_cast<std::size_t>(got));
    }
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max, ds_status code) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return Failure{code, text<Text::cannot_read>(path, reason_of(errno))};
    return read_all(file.get(), path, bytes_max, code);
}

Status write_new_file(const std::string& path, std::string_view bytes) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0 && errno == EEXIST) return Failure{DS_ALREADY_EXISTS, text<Text::file_exists>(path)};
    if (file.get() < 0) return io_failure(errno, path);
    while (!bytes.empty()) {
        const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            const Failure why = io_failure(put < 0 ? errno : ENOSPC, path);
            ::unlink(path.c_str());
            return why;
        }
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(file.get()) != 0) return io_failure(errno, path);
    return ok();
}

Failure io_failure(int error_number, std::string_view path) {
    const bool full = error_number == ENOSPC || error_number == EDQUOT;
    return Failure{full ? DS_DISK_FULL : DS_IO, text<Text::cannot_write>(path, reason_of(error_number))};
}

}  // namespace doorstep::cli
