#include "server/files/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "server/files/descriptor.hpp"

namespace doorstep::server {
namespace {

Status write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ::ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return file_error("cannot write", path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) return file_error("cannot sync", path);
    return ok();
}

Status sync_folder(const std::filesystem::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0 || ::fsync(opened.get()) != 0) return file_error("cannot sync", folder);
    return ok();
}

Status write_beside(const std::filesystem::path& temporary, std::string_view bytes, ::mode_t mode) {
    ::unlink(temporary.c_str());  // left by a crash, perhaps with other permissions
    const Descriptor opened(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (opened.get() < 0) return file_error("cannot create", temporary);
    if (::fchmod(opened.get(), mode) != 0) return file_error("cannot set permissions of", temporary);  // umask aside
    return write_all(opened.get(), bytes, temporary);
}

}  // namespace

Status write_file_atomically(const std::filesystem::path& path, std::string_view bytes, ::mode_t mode) {
    std::filesystem::path temporary = path;
    temporary += ".tmp";
    Status written = write_beside(temporary, bytes, mode);
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return file_error("cannot rename to", path);
    return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t bytes_max) {
    const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() < 0 && errno == ENOENT) return Error{Errc::not_found, "there is no " + path.string()};
    if (opened.get() < 0) return file_error("cannot open", path);
    std::string bytes;
    for (;;) {
        char block[4096];
        const ::ssize_t got = ::read(opened.get(), block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error("cannot read", path);
        if (got == 0) return bytes;
        bytes.append(block, static_cast<std::size_t>(got));
        if (bytes.size() > bytes_max) return Error{Errc::value_too_large, "too large: " + path.string()};
    }
}

}  // namespace doorstep::server
