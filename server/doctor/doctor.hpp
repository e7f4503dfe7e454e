// server/doctor/doctor.hpp -- everything that a server needs, looked at in one go.
#pragma once

#include <filesystem>
#include <vector>

#include "server/config/configuration.hpp"
#include "server/doctor/finding.hpp"

namespace doorstep::server::doctor {

/// What is looked at. `configuration` is what serve would have, or why it would not start.
struct Patient {
    std::filesystem::path folder;
    Result<Configuration> configuration;
};

/// Looks at all of it and changes nothing. One finding a check, in a fixed order; what a failed check makes impossible
/// is not asked. `now_ms`: the system's clock.
std::vector<Finding> examine(const Patient& patient, std::uint64_t now_ms);
/// The gravest.
Verdict verdict_of(const std::vector<Finding>& findings);

}  // namespace doorstep::server::doctor
