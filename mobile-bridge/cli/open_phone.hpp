// mobile-bridge/cli/open_phone.hpp -- a phone is a database and the key to it; one without the other is never replaced.
#pragma once

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/phone_handle.hpp"

namespace doorstep::cli {

/// Errors: not_enrolled when there is no phone yet, wrong_key when its key file is gone, and those of ds_open().
Result<PhoneHandle> open_phone(const Settings& settings);
/// The key of a phone that is there, without opening it. Errors: as open_phone(), but for those of ds_open().
Result<Secret> key_of_phone(const Settings& settings);
/// Makes the directory, the keys and the database where they are missing. A database without its key is not touched:
/// wrong_key.
Result<PhoneHandle> open_or_make_phone(const Settings& settings);

}  // namespace doorstep::cli
