// server/api/audit_page.hpp -- what the staff saw and did, line by line. No counts: it is no measure of anybody's work.
#pragma once

#include <string>
#include <vector>

#include "server/access/audit_sink.hpp"
#include "server/api/office_words.hpp"

namespace doorstep::server {

std::string render_audit(const OfficeWords& words, const std::vector<AuditEntry>& entries);

}  // namespace doorstep::server
