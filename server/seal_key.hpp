// server/seal_key.hpp -- the server's own secret: phones seal files to a key that follows from it, and another signs
// the audit chain's head. docs/keys.md says where it comes from, how it is kept and how it is changed.
#pragma once

#include <filesystem>
#include <vector>

#include "core/base/result.hpp"
#include "crypto/key_pair.hpp"

namespace doorstep::server {

/// Makes seal.key in a data folder that is new. Errors: disk_full, bad_configuration, internal.
Status make_seal_key(const std::filesystem::path& folder);
/// What it is now, then what it was before (seal.key.1, seal.key.2, … the later one first). Errors: bad_configuration
/// when it is missing or cut.
Result<std::vector<crypto::Secret>> seal_secrets(const std::filesystem::path& folder);
/// Makes another; the one that is there stays as seal.key.N, to open what was sealed to it. When it is lost, the heads
/// that it signed cannot be checked any more: they are put aside as doorstep.db.audit.N. Errors: those of
/// make_seal_key(), io.
Status renew_seal_key(const std::filesystem::path& folder);

}  // namespace doorstep::server
