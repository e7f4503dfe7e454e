// server/doctor/finding.hpp -- what a look at one thing came to.
#pragma once

#include <string>

namespace doorstep::server::doctor {

enum class Verdict { ok, warn, fail };

/// One line for who looks after a server. No words of records, no secret.
struct Finding {
    std::string check;  ///< such as "disk": stable, for programs
    Verdict verdict = Verdict::ok;
    std::string says;       ///< how it is
    std::string next = {};  ///< what to do; "" when it is ok
};

}  // namespace doorstep::server::doctor
