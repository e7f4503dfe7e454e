#include "server/key_commands.hpp"

#include <fmt/format.h>

#include <chrono>

#include "server/data_folder.hpp"
#include "server/seal_key.hpp"

namespace doorstep::server {

Status renew_seal(const RenewSealOptions& options) {
    DOORSTEP_TRY(database_of(options.data));  // whether there is a data folder, and its storage.key
    DOORSTEP_TRY(renew_seal_key(options.data));
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    DOORSTEP_TRY(folder.storage->note(
        {audit::Action::seal_key_renewed, std::string(audit::console)},
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count())));
    fmt::print(
        "a new seal.key; phones learn of it when they next fetch a token. Put it into your backup with every "
        "seal.key.N: they open what was sealed before.\n");
    return ok();
}

}  // namespace doorstep::server
