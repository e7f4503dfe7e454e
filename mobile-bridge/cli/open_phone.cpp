#include "mobile-bridge/cli/open_phone.hpp"

#include <filesystem>

#include "mobile-bridge/cli/device_key.hpp"
#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/key_file.hpp"

namespace doorstep::cli {
namespace {

namespace fs = std::filesystem;

/// Also true for what cannot be looked at: opening it then says why, and nothing is made in its place.
bool may_exist(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    return status.type() != fs::file_type::not_found;
}

Failure key_is_gone(const Settings& settings) {
    return Failure{DS_WRONG_KEY, text<Text::key_missing>(settings.database, settings.key)};
}

Status make_directory_of(const std::string& path) {
    const fs::path parent = fs::path(path).parent_path();
    if (parent.empty()) return ok();
    std::error_code error;
    fs::create_directories(parent, error);
    if (error) return io_failure(error.value(), parent.string());
    return ok();
}

}  // namespace

Result<Secret> key_of_phone(const Settings& settings) {
    if (!may_exist(settings.database)) return Failure{DS_NOT_ENROLLED, text<Text::no_phone>(settings.database)};
    if (!may_exist(settings.key)) return key_is_gone(settings);
    return read_key_file(settings.key);
}

Result<PhoneHandle> open_phone(const Settings& settings) {
    DOORSTEP_TRY_ASSIGN(const Secret key, key_of_phone(settings));
    return PhoneHandle::open(settings.database, key, PhoneHandle::Missing::refuse);
}

Result<PhoneHandle> open_or_make_phone(const Settings& settings) {
    const bool has_key = may_exist(settings.key);
    if (!has_key && may_exist(settings.database)) return key_is_gone(settings);
    DOORSTEP_TRY(make_directory_of(settings.key));
    DOORSTEP_TRY(make_directory_of(settings.database));
    if (!has_key) DOORSTEP_TRY(make_device_key(settings));
    DOORSTEP_TRY_ASSIGN(const Secret key, has_key ? read_key_file(settings.key) : make_key_file(settings.key));
    return PhoneHandle::open(settings.database, key, PhoneHandle::Missing::create);
}

}  // namespace doorstep::cli
