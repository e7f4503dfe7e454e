// server/webhook_settings.hpp -- the webhook as it is configured.
#pragma once

#include <optional>

#include "server/config/configuration.hpp"
#include "server/hooks/webhook.hpp"

namespace doorstep::server {

/// nullopt: there is none. Errors: bad_configuration when one of address and secret stands without the other, or the
/// secret cannot be read or is shorter than 32 bytes.
Result<std::optional<WebhookSettings>> webhook_settings(const Configuration& configuration);

}  // namespace doorstep::server
