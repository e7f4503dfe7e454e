// mobile-bridge/cli/device_key.hpp -- the key pair that the office knows this phone by, in a PEM file beside its key
// file.
#pragma once

#include "crypto/key_pair.hpp"
#include "mobile-bridge/cli/commands.hpp"

namespace doorstep::cli {

/// The key of a phone that is there. One from before phones had keys gets the one that it has signed exported files
/// with, which its office knows. Errors: wrong_key when the file holds none; io, disk_full.
Result<crypto::KeyPair> device_key(const Settings& settings);
/// Makes the file of a new phone, where there is none. Errors: io, disk_full, internal.
Status make_device_key(const Settings& settings);

}  // namespace doorstep::cli
