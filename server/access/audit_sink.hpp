// server/access/audit_sink.hpp -- where it is written down who saw or did what; implemented elsewhere.
#pragma once

#include <string>
#include <vector>

#include "core/base/id.hpp"
#include "core/base/result.hpp"
#include "core/model/area.hpp"
#include "server/access/vocabulary.hpp"

namespace doorstep::server {

/// One act of a member of staff. It names the record and the classes of what was seen, and holds no words of it.
struct AuditEntry {
    std::uint64_t at_ms = 0;
    std::string staff;  ///< the account's name
    Actor role = Actor::stranger;
    std::string action;  ///< the route, "POST /office/reveal", or a command's name
    Purpose purpose = Purpose::none;
    RecordId record;                 ///< zero when it is about none
    Area area;                       ///< where the record stood then: whose auditor reads of it
    std::vector<FieldClass> seen{};  ///< of what was shown that is masked otherwise
};

class AuditSink {
public:
    virtual ~AuditSink() = default;
    /// Durable when it returns, and called before what it tells of: what cannot be written down does not happen.
    virtual Status record(const AuditEntry& entry) = 0;
};

}  // namespace doorstep::server
