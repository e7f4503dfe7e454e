// server/config/listen_settings.hpp -- what a configuration says to server/net.
#pragma once

#include "server/config/configuration.hpp"
#include "server/net/listen_options.hpp"

namespace doorstep::server {

/// Address, port, threads, limits and deadlines. Certificate, signals and log are the caller's.
ListenOptions listen_settings(const Configuration& configuration);

}  // namespace doorstep::server
