#include "server/seal_key.hpp"

#include <sys/random.h>

#include "server/files/atomic_file.hpp"

namespace doorstep::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* file_name = "seal.key";

Result<crypto::Secret> draw() {
    crypto::Secret out{};
    if (::getrandom(out.data(), out.size(), 0) != static_cast<ssize_t>(out.size()))
        return Error{Errc::internal, "the system gives no random bytes"};
    return out;
}

Result<crypto::Secret> read(const fs::path& path) {
    crypto::Secret out{};
    const auto bytes = read_small_file(path, out.size());
    if (!bytes && bytes.error().code == Errc::not_found)
        return Error{Errc::bad_configuration, path.filename().string() +
                                                  " is missing in the data folder; bring it back from your backup, or "
                                                  "see docs/keys.md when there is none"};
    if (!bytes || bytes.value().size() != out.size())
        return Error{Errc::bad_configuration, path.filename().string() + " is not a key of 32 bytes"};
    std::copy(bytes.value().begin(), bytes.value().end(), out.begin());
    return out;
}

/// file.1, file.2, …
fs::path numbered(fs::path file, std::size_t number) { return file += "." + std::to_string(number); }

/// How many there are; what was put aside is never overwritten.
std::size_t count_of(const fs::path& file) {
    std::size_t count = 0;
    while (fs::exists(numbered(file, count + 1))) ++count;
    return count;
}

Status put_aside(const fs::path& file) {
    std::error_code fault;
    fs::rename(file, numbered(file, count_of(file) + 1), fault);
    return fault ? Status(Error{Errc::io, "cannot rename " + file.filename().string() + ": " + fault.message()}) : ok();
}

}  // namespace

Status make_seal_key(const fs::path& folder) {
    DOORSTEP_TRY_ASSIGN(const crypto::Secret fresh, draw());
    return write_file_atomically(folder / file_name, {reinterpret_cast<const char*>(fresh.data()), fresh.size()}, 0600);
}

Result<std::vector<crypto::Secret>> seal_secrets(const fs::path& folder) {
    const fs::path file = folder / file_name;
    std::vector<crypto::Secret> out;
    DOORSTEP_TRY_ASSIGN(const crypto::Secret present, read(file));
    out.push_back(present);
    for (std::size_t number = count_of(file); number > 0; --number) {
        DOORSTEP_TRY_ASSIGN(const crypto::Secret former, read(numbered(file, number)));
        out.push_back(former);
    }
    return out;
}

Status renew_seal_key(const fs::path& folder) {
    const fs::path file = folder / file_name, heads = folder / "doorstep.db.audit";
    if (fs::exists(file))
        DOORSTEP_TRY(put_aside(file));
    else if (fs::exists(heads))
        DOORSTEP_TRY(put_aside(heads));
    return make_seal_key(folder);
}

}  // namespace doorstep::server
