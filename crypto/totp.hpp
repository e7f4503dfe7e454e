// crypto/totp.hpp -- one-time passwords by time (RFC 6238): SHA-1, six digits, thirty seconds, as every authenticator
// app has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doorstep::crypto {

inline constexpr std::uint64_t totp_step_ms = 30'000;
inline constexpr std::size_t totp_secret_bytes = 20;

/// Six digits.
std::string totp_code(std::string_view secret, std::uint64_t step);
/// The step whose code this is: the present one, or the one before or after it, since clocks differ; above `last_step`,
/// so that a code works once. nullopt: of none.
std::optional<std::uint64_t> totp_step_of(std::string_view code, std::string_view secret, std::uint64_t now_ms,
                                          std::uint64_t last_step);
/// RFC 4648 without padding: how apps take a secret.
std::string base32(std::string_view bytes);

}  // namespace doorstep::crypto
