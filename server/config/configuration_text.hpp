// server/config/configuration_text.hpp -- a configuration as text that can be read again.
#pragma once

#include <string>

#include "server/config/configuration.hpp"

namespace doorstep::server {

/// The effective configuration as TOML, each value with where it came from; secret ones are redacted.
std::string effective_text(const Configuration& configuration);
/// A file that sets every option to its default and says of each what it is and what is allowed.
std::string sample_text();

}  // namespace doorstep::server
