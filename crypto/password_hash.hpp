// crypto/password_hash.hpp -- stretches a password so that guessing it costs memory and time: Argon2id (RFC 9106).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace doorstep::crypto {

using StretchedPassword = std::array<unsigned char, 32>;

struct StretchCost {
    std::uint32_t memory_kib = 46 * 1024;  ///< with one pass the least that OWASP's password storage sheet names, 2023
    std::uint32_t passes = 1;
};
inline constexpr std::size_t password_salt_bytes_min = 8;

/// Takes some tenth of a second and the memory of the cost on the caller's thread. nullopt: no memory, or a salt below
/// password_salt_bytes_min.
std::optional<StretchedPassword> stretch_password(std::string_view password, std::string_view salt,
                                                  const StretchCost& cost = {});

}  // namespace doorstep::crypto
