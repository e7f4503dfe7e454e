// server/audit_commands.hpp -- doorstep-server audit: who did what, and whether anybody changed that.
#pragma once

#include "server/commands.hpp"

namespace doorstep::server {

struct AuditOptions {
    std::string data;
    std::uint64_t after = 0;  ///< number of the last entry that is not listed
    Output output = Output::words;
};
/// Prints the entries in their order, unchecked.
Status list_audit(const AuditOptions& options);
/// Reads the whole chain again and compares it with the head outside the database. Errors: corrupt, naming the first
/// entry that was changed, is missing or stands elsewhere.
Status verify_audit(const AuditOptions& options);

}  // namespace doorstep::server
