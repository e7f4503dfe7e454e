#include "server/storage/erasure_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/codec.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/limits.hpp"

namespace doorstep::server {
namespace {

// magic, then for each entry: length (varint), CRC-32C (4 bytes), bytes
constexpr std::string_view magic = "doorstep erase list 1\n";

class Descriptor {
public:
    explicit Descriptor(int raw) : raw_(raw) {}
    ~Descriptor() {
        if (raw_ >= 0) ::close(raw_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return raw_; }

private:
    int raw_;
};

Error failed(const char* what) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    return {full ? Errc::disk_full : Errc::io, std::string("the erase list cannot be ") + what};
}

Status write_synced(const std::filesystem::path& path, BytesView bytes) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return failed("written");
    while (!bytes.empty()) {
        const ::ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed("written");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file.get()) == 0 ? ok() : Status(failed("synced"));
}

}  // namespace

Result<Bytes> ErasureFile::read_bytes() const {
    const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 && errno == ENOENT) return Bytes(magic);
    if (file.get() < 0) return failed("opened");
    Bytes bytes;
    for (char block[4096];;) {
        const ::ssize_t got = ::read(file.get(), block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("read");
        if (got == 0) return bytes;
        bytes.append(block, static_cast<std::size_t>(got));
    }
}

Result<std::vector<Bytes>> ErasureFile::read() {
    DOORSTEP_TRY_ASSIGN(const Bytes bytes, read_bytes());
    const Error damaged{Errc::corrupt, "the erase list is damaged; bring its copy back before the server starts"};
    if (BytesView(bytes).substr(0, magic.size()) != magic) return damaged;
    Reader in(BytesView(bytes).substr(magic.size()));
    std::vector<Bytes> out;
    while (!in.at_end() && !in.failed()) {
        const std::uint64_t size = in.varint();
        const std::uint32_t sum = in.u32();
        if (size > 2 * limits::commit_bytes_max) return damaged;
        out.emplace_back(in.raw(static_cast<std::size_t>(size)));
        if (in.failed() || crc32c(out.back()) != sum) return damaged;
    }
    return in.failed() ? Result<std::vector<Bytes>>(damaged) : std::move(out);
}

Status ErasureFile::append(BytesView entry) {
    const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) return failed("locked");
    DOORSTEP_TRY(read());  // a damaged one is not added to
    DOORSTEP_TRY_ASSIGN(Bytes bytes, read_bytes());
    Writer out(bytes);
    out.varint(entry.size());
    out.u32(crc32c(entry));
    out.raw(entry);
    std::filesystem::path beside = path_;
    beside += ".new";
    DOORSTEP_TRY(write_synced(beside, bytes));
    if (::rename(beside.c_str(), path_.c_str()) != 0 || ::fsync(lock.get()) != 0) return failed("renamed");
    return ok();
}

}  // namespace doorstep::server
