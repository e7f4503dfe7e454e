// server/key_commands.hpp -- doorstep-server keys: changing keys of the server (docs/keys.md).
#pragma once

#include "server/commands.hpp"

namespace doorstep::server {

struct RenewSealOptions {
    std::string data;
};
/// Makes another seal.key, of a server that is not running. Errors: those of renew_seal_key() and the data folder.
Status renew_seal(const RenewSealOptions& options);

}  // namespace doorstep::server
