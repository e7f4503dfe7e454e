// server/storage/retention.hpp -- takes away what has served its time. Never a word of a record, and no entry of the
// audit chain, which is whole or worth nothing (docs/audit.md).
#pragma once

#include <cstdint>

#include "core/store/database.hpp"

namespace doorstep::server {

/// The auditor's list of who saw what stays this long on the office's page, at least six months (网络安全法, art. 21);
/// the chain has the same acts for ever.
inline constexpr std::uint64_t audit_list_ms = 3 * 365ull * 24 * 60 * 60 * 1000;
/// A used code is still known for so long, so that a phone whose answer was lost is told the same again.
inline constexpr std::uint64_t used_code_ms = 24ull * 60 * 60 * 1000;

/// Some rows_max rows of each kind: sessions that are over, codes, kept answers and lines of the auditor's list that
/// are too old. Returns how many went. Within the caller's transaction, if any.
Result<std::size_t> forget_expired_rows(Database& db, std::size_t rows_max, std::uint64_t now_ms);

}  // namespace doorstep::server
