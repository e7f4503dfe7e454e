#include "server/storage/erasure_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include "core/base/codec.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/limits.hpp"
#include "server/files/atomic_file.hpp"
#include "server/files/descriptor.hpp"

namespace doorstep::server {
namespace {

// magic, then for each entry: length (varint), CRC-32C (4 bytes), bytes
constexpr std::string_view magic = "doorstep erase list 1\n";

constexpr std::size_t file_bytes_max = std::size_t{1} << 30;  // five thousand of the longest entries

}  // namespace

Result<Bytes> ErasureFile::read_bytes() const {
    auto bytes = read_small_file(path_, file_bytes_max);
    if (!bytes && bytes.error().code == Errc::not_found) return Bytes(magic);
    return bytes;
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

Status ErasureFile::append(const std::vector<Bytes>& entries) {
    const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) return file_error("cannot lock", folder);
    DOORSTEP_TRY(read());  // a damaged one is not added to
    DOORSTEP_TRY_ASSIGN(Bytes bytes, read_bytes());
    Writer out(bytes);
    for (const Bytes& entry : entries) {
        out.varint(entry.size());
        out.u32(crc32c(entry));
        out.raw(entry);
    }
    return write_file_atomically(path_, bytes, 0600);
}

}  // namespace doorstep::server
