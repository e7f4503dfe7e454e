#include "server/data_folder.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "server/audit/head_file.hpp"
#include "server/data/divisions.hpp"
#include "server/seal_key.hpp"
#include "server/storage/postgres/postgres_storage.hpp"
#include "server/storage_settings.hpp"

namespace doorstep::server {
namespace {

namespace fs = std::filesystem;

Result<std::array<unsigned char, 32>> draw_32() {
    std::array<unsigned char, 32> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return Error{Errc::internal, "the system gives no random bytes"};
    return bytes;
}

/// Writes a file that only we may read, and has it on the disk before it returns.
Status write_secret(const fs::path& path, const std::array<unsigned char, 32>& secret) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return Error{Errc::bad_configuration, "cannot write " + path.filename().string() + " in the data folder"};
    const bool written =
        ::write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && ::fsync(file) == 0;
    ::close(file);
    if (!written) return Error{Errc::disk_full, path.filename().string() + " was not written"};
    return ok();
}

Result<std::array<unsigned char, 32>> read_secret(const fs::path& path) {
    std::array<unsigned char, 32> key{};
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(key.data()), static_cast<std::streamsize>(key.size()));
    if (file.gcount() != static_cast<std::streamsize>(key.size()) || file.peek() != std::ifstream::traits_type::eof())
        return Error{Errc::bad_configuration, path.filename().string() + " is not a key of 32 bytes"};
    return key;
}

/// The key is made once, before the database. A database without its key is never given a new one.
Result<StorageKey> storage_key(const fs::path& folder, FolderMode mode) {
    const fs::path path = folder / "storage.key";
    if (fs::exists(path)) return read_secret(path);
    if (mode == FolderMode::existing || fs::exists(folder / "doorstep.db"))
        return Error{Errc::bad_configuration,
                     "storage.key is missing in the data folder; bring it back from your backup"};
    DOORSTEP_TRY_ASSIGN(const StorageKey key, draw_32());
    DOORSTEP_TRY(write_secret(path, key));
    return key;
}

Status make_folder(const fs::path& path) {
    std::error_code fault;
    fs::create_directories(path, fault);
    if (fault) return Error{Errc::bad_configuration, "cannot make the data folder: " + fault.message()};
    fs::permissions(path, fs::perms::owner_all, fault);
    if (fault || ::access(path.c_str(), W_OK) != 0)
        return Error{Errc::bad_configuration, "the data folder is not ours to write"};
    return ok();
}

/// Pairs that follow from the server's own secrets, the present one's first.
Result<std::vector<crypto::KeyPair>> keys_of(const fs::path& folder, std::string_view purpose) {
    DOORSTEP_TRY_ASSIGN(const std::vector<crypto::Secret> secrets, seal_secrets(folder));
    std::vector<crypto::KeyPair> out;
    for (const crypto::Secret& secret : secrets) {
        auto keys = crypto::KeyPair::derive(secret, purpose);
        if (!keys) return Error{Errc::internal, "a key of the server cannot be derived"};
        out.push_back(std::move(*keys));
    }
    return out;
}

/// A database whose audit has begun had its seal.key then: it is never given a new one unasked.
Status check_seal_key(const fs::path& folder, Storage& storage) {
    if (fs::exists(folder / "seal.key")) return ok();
    DOORSTEP_TRY_ASSIGN(const std::optional<audit::Entry> began, storage.audit_chain().began());
    return began ? seal_secrets(folder).error() : make_seal_key(folder);
}

}  // namespace

Result<SealingKeys> sealing_keys(const fs::path& path) { return keys_of(path, crypto::seal_purpose); }

Result<audit::HeadFile> audit_heads(const fs::path& path, const fs::path& database) {
    DOORSTEP_TRY_ASSIGN(std::vector<crypto::KeyPair> keys, keys_of(path, audit::head_purpose));
    fs::path file = path / database;  // an absolute one stands for itself
    file += ".audit";
    return audit::HeadFile(std::move(file), std::make_shared<const std::vector<crypto::KeyPair>>(std::move(keys)));
}

Result<crypto::Unsealed> open_sealed(std::string_view file, const SealingKeys& keys) {
    crypto::Unsealed opened;
    for (const crypto::KeyPair& pair : keys) {
        opened = crypto::unseal(file, pair);
        if (opened.outcome != crypto::Unsealing::not_for_us) break;
    }
    switch (opened.outcome) {
        case crypto::Unsealing::done: break;
        case crypto::Unsealing::newer: return Error{Errc::protocol_version, "the file was sealed by a newer program"};
        case crypto::Unsealing::not_for_us: return Error{Errc::forbidden, "the file is sealed to another office's key"};
        case crypto::Unsealing::not_sealed: return Error{Errc::malformed, "this is not a file that a phone exported"};
        case crypto::Unsealing::wrong_signature:
            return Error{Errc::malformed, "the file was changed on its way: its signature does not fit"};
    }
    return opened;
}

Result<DatabaseOptions> database_of(const fs::path& path) {
    if (!fs::is_directory(path)) return Error{Errc::bad_configuration, "there is no data folder at this path"};
    DatabaseOptions options;
    options.path = (path / "doorstep.db").string();
    DOORSTEP_TRY_ASSIGN(options.key, storage_key(path, FolderMode::existing));
    return options;
}

Result<DataFolder> open_data_folder(const fs::path& path, FolderMode mode) {
    DOORSTEP_TRY_ASSIGN(const Configuration configuration, read_configuration({}, path, {}));
    return open_data_folder(path, mode, configuration);
}

Result<DataFolder> open_data_folder(const fs::path& path, FolderMode mode, const Configuration& configuration) {
    DOORSTEP_TRY_ASSIGN(const std::optional<postgres::Address> postgres, postgres_address(configuration));
    if (mode == FolderMode::create) DOORSTEP_TRY(make_folder(path));
    if (!fs::is_directory(path)) return Error{Errc::bad_configuration, "there is no data folder at this path"};
    DOORSTEP_TRY_ASSIGN(const StorageKey key, storage_key(path, mode));
    DOORSTEP_TRY_ASSIGN(const EntropySeed seed, draw_32());
    DOORSTEP_TRY_ASSIGN(Divisions divisions, Divisions::parse_csv(builtin_divisions_csv()));
    DataFolder folder;
    folder.path = path;
    const std::string database = (path / "doorstep.db").string();
    DOORSTEP_TRY_ASSIGN(folder.storage,
                        postgres ? postgres::open_postgres_storage(*postgres, database, key, seed, std::move(divisions))
                                 : open_sqlite_storage(database, key, seed, std::move(divisions)));
    DOORSTEP_TRY(check_seal_key(path, *folder.storage));
    DOORSTEP_TRY_ASSIGN(SealingKeys opened, sealing_keys(path));
    const auto keys = std::make_shared<const SealingKeys>(std::move(opened));
    folder.storage->set_sealing_key(keys->front().public_key());
    DOORSTEP_TRY_ASSIGN(const audit::HeadFile heads, audit_heads(path, "doorstep.db"));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    DOORSTEP_TRY(folder.storage->start_audit(
        [heads](audit::Chain& chain) { return heads.follow(chain); },
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count())));
    folder.storage->set_unseal([keys](BytesView file) -> Result<Bytes> {
        DOORSTEP_TRY_ASSIGN(crypto::Unsealed content, open_sealed(file, *keys));
        return std::move(content.content);
    });
    return folder;
}

}  // namespace doorstep::server
