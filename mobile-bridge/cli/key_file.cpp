#include "mobile-bridge/cli/key_file.hpp"

#include <fcntl.h>
#include <string.h>  // explicit_bzero
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/messages.hpp"

namespace doorstep::cli {
namespace {

constexpr std::size_t key_bytes = sizeof(Secret::bytes);

/// Makes the directory's new entry survive a power cut.
Status sync_directory_of(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    const Descriptor directory(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0) return io_failure(errno, path);
    return ok();
}

}  // namespace

Secret::~Secret() { explicit_bzero(bytes.data(), bytes.size()); }

Result<Secret> draw_secret() {
    Secret out;
    // Up to 256 bytes come at once, uninterrupted, once the system's source is seeded (getrandom(2)).
    const ssize_t got = ::getrandom(out.bytes.data(), out.bytes.size(), 0);
    if (got != static_cast<ssize_t>(out.bytes.size())) return Failure{DS_IO, text<Text::no_randomness>()};
    return out;
}

Result<Secret> read_key_file(const std::string& path) {
    const Failure wrong_length{DS_WRONG_KEY, text<Text::key_length>(path, key_bytes)};
    auto bytes = read_file(path, key_bytes, DS_IO);
    if (!bytes) return bytes.failure().code == DS_VALUE_TOO_LARGE ? wrong_length : bytes.failure();
    if (bytes.value().size() != key_bytes) return wrong_length;
    Secret out;
    std::copy_n(bytes.value().begin(), key_bytes, out.bytes.begin());
    explicit_bzero(bytes.value().data(), bytes.value().size());
    return out;
}

Status keep_once(const std::string& path, std::string_view bytes) {
    const std::string draft = path + "." + std::to_string(::getpid()) + ".new";
    const Status written = write_new_file(draft, bytes);
    // link() and not rename(): it fails where a file exists already.
    const int linked = written ? ::link(draft.c_str(), path.c_str()) : -1;
    const int error_number = errno;
    ::unlink(draft.c_str());
    if (!written) return written;
    if (linked != 0 && error_number == EEXIST) return ok();
    if (linked != 0) return io_failure(error_number, path);
    return sync_directory_of(path);
}

Result<Secret> make_key_file(const std::string& path) {
    DOORSTEP_TRY_ASSIGN(const Secret key, draw_secret());
    DOORSTEP_TRY(keep_once(path, {reinterpret_cast<const char*>(key.bytes.data()), key_bytes}));
    return read_key_file(path);
}

}  // namespace doorstep::cli
