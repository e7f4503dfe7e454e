#include "server/storage/postgres/base.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "core/store/archive.hpp"
#include "server/files/descriptor.hpp"

namespace doorstep::server::postgres {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk_bytes = std::size_t{4} << 20;
constexpr std::int64_t database_file = 0, archive_file = 1;

Error file_fault(const char* what, const fs::path& path) {
    return {Errc::io, std::string(what) + " " + path.filename().string()};
}

Bytes place(std::string_view tenant, std::uint64_t position, std::int64_t file, std::uint64_t chunk) {
    return place_of(tenant, file == database_file ? "base" : "base archive", position, chunk);
}

Status put_file(Connection& connection, const Sealer& sealer, std::string_view tenant, std::uint64_t position,
                std::int64_t file, const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return file_fault("cannot read", path);
    Bytes bytes(chunk_bytes, '\0');
    for (std::uint64_t chunk = 0; in; ++chunk) {
        in.read(bytes.data(), static_cast<std::streamsize>(chunk_bytes));
        const auto size = static_cast<std::size_t>(in.gcount());
        if (in.bad()) return file_fault("cannot read", path);
        if (size == 0) break;
        DOORSTEP_TRY_ASSIGN(const Bytes sealed,
                            sealer.seal(place(tenant, position, file, chunk), BytesView(bytes).substr(0, size)));
        DOORSTEP_TRY(
            connection.run({"INSERT INTO base (tenant, position, file, chunk, body) VALUES "
                            "(current_setting('doorstep.tenant'), $1, $2, $3, $4)",
                            {Parameter::number(static_cast<std::int64_t>(position)), Parameter::number(file),
                             Parameter::number(static_cast<std::int64_t>(chunk)), Parameter::bytes(sealed)}}));
    }
    return ok();
}

Status write_all(int descriptor, BytesView bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) return errno == ENOSPC ? Error{Errc::disk_full, "a base"} : file_fault("cannot write", path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ok();
}

/// Whether there was such a file. It is on the disk when it returns.
Result<bool> get_file(Connection& connection, const Sealer& sealer, std::string_view tenant, std::uint64_t position,
                      std::int64_t file, const fs::path& path) {
    const Descriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (out.get() < 0) return file_fault("cannot write", path);
    for (std::uint64_t chunk = 0;; ++chunk) {
        DOORSTEP_TRY_ASSIGN(
            const Rows rows,
            connection.run({"SELECT body FROM base WHERE tenant = current_setting('doorstep.tenant') AND position = $1 "
                            "AND file = $2 AND chunk = $3",
                            {Parameter::number(static_cast<std::int64_t>(position)), Parameter::number(file),
                             Parameter::number(static_cast<std::int64_t>(chunk))}}));
        if (rows.size() == 0) {
            if (::fsync(out.get()) != 0) return file_fault("cannot sync", path);
            return chunk > 0;
        }
        DOORSTEP_TRY_ASSIGN(const Bytes bytes, sealer.open(place(tenant, position, file, chunk), rows.bytes(0, 0)));
        DOORSTEP_TRY(write_all(out.get(), bytes, path));
    }
}

Status put_in_place(const fs::path& fresh, const fs::path& path) {
    std::error_code fault;
    for (const char* behind : {"-wal", "-shm"}) fs::remove(path.string() + behind, fault);
    fs::rename(fresh, path, fault);
    if (fault) return file_fault("cannot rename", fresh);
    const Descriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return folder.get() >= 0 && ::fsync(folder.get()) == 0 ? ok()
                                                           : Status(file_fault("cannot sync the folder of", path));
}

Status copy_file(Database& from, const fs::path& to) {
    std::error_code fault;
    fs::remove(to, fault);
    DatabaseOptions options = from.options();
    options.path = to.string();
    options.mode = OpenMode::create;
    options.durability = Durability::normal;
    options.log = nullptr;
    DOORSTEP_TRY_ASSIGN(Database copy, Database::open(options));
    return from.copy_to(copy);
}

}  // namespace

Result<BaseFiles> copy_for_base(Database& file) {
    BaseFiles out;
    out.database = file.options().path + ".base";
    DOORSTEP_TRY(copy_file(file, out.database));
    if (!fs::exists(Archive::path_beside(file.options().path))) return out;
    DOORSTEP_TRY_ASSIGN(Archive archive, Archive::open(file.options(), OpenMode::existing));
    out.archive = file.options().path + ".base.archive";
    DOORSTEP_TRY(copy_file(archive.database(), out.archive));
    return out;
}

void remove_copies(const BaseFiles& files) {
    std::error_code fault;
    for (const fs::path& path : {files.database, files.archive})
        if (!path.empty()) fs::remove(path, fault);
}

Status put_base(Connection& connection, const Sealer& sealer, std::string_view tenant, std::uint64_t position,
                const BaseFiles& files) {
    DOORSTEP_TRY(put_file(connection, sealer, tenant, position, database_file, files.database));
    if (files.archive.empty()) return ok();
    return put_file(connection, sealer, tenant, position, archive_file, files.archive);
}

Status get_base(Connection& connection, const Sealer& sealer, std::string_view tenant, std::uint64_t position,
                const fs::path& database) {
    const fs::path fresh = database.string() + ".new", fresh_archive = database.string() + ".new.archive";
    DOORSTEP_TRY_ASSIGN(const bool whole, get_file(connection, sealer, tenant, position, database_file, fresh));
    if (!whole) return Error{Errc::not_found, "PostgreSQL holds no base for this tenant"};
    DOORSTEP_TRY_ASSIGN(const bool archive,
                        get_file(connection, sealer, tenant, position, archive_file, fresh_archive));
    std::error_code fault;
    if (archive)
        DOORSTEP_TRY(put_in_place(fresh_archive, Archive::path_beside(database.string())));
    else
        fs::remove(fresh_archive, fault);
    return put_in_place(fresh, database);
}

}  // namespace doorstep::server::postgres
