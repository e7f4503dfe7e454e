#include "crypto/password_hash.hpp"

#include <argon2.h>

namespace doorstep::crypto {

std::optional<StretchedPassword> stretch_password(std::string_view password, std::string_view salt,
                                                  const StretchCost& cost) {
    StretchedPassword out{};
    const int outcome = argon2id_hash_raw(cost.passes, cost.memory_kib, 1, password.data(), password.size(),
                                          salt.data(), salt.size(), out.data(), out.size());
    if (outcome != ARGON2_OK) return std::nullopt;
    return out;
}

}  // namespace doorstep::crypto
