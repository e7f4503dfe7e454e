// mobile-bridge/c/enrolment_json.hpp -- what a server answers to an enrolment.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/engine/phone.hpp"

namespace doorstep {

/// Without the server's address, its certificate and a token. Errors: malformed.
Result<Enrolment> enrolment_from_json(const nlohmann::json& from);

}  // namespace doorstep
