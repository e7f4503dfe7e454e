// bench/server/bare_beast.hpp -- the floor of a small answer: Beast, TLS, one fixed body, and nothing of ours.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace doorstep::bench {

/// Answers every request with `body` until it is killed; says "listening on https://127.0.0.1:PORT" first.
/// Errors: bad_configuration when certificate or key cannot be used.
Status serve_bare(const std::string& certificate_pem, const std::string& key_pem, const std::string& body);

}  // namespace doorstep::bench
