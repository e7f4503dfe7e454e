#include "crypto/totp.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace doorstep::crypto {

std::string totp_code(std::string_view secret, std::uint64_t step) {
    constexpr std::uint32_t six_digits = 1'000'000;
    std::array<unsigned char, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i)
        counter[i] = static_cast<unsigned char>(step >> (8 * (counter.size() - 1 - i)));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), digest.data(),
         &size);
    // RFC 4226, 5.3: the last four bits say where the four bytes lie.
    const std::size_t at = digest[size - 1] & 0x0Fu;
    const std::uint32_t number = (static_cast<std::uint32_t>(digest[at] & 0x7Fu) << 24) |
                                 (static_cast<std::uint32_t>(digest[at + 1]) << 16) |
                                 (static_cast<std::uint32_t>(digest[at + 2]) << 8) | digest[at + 3];
    const std::string digits = std::to_string(number % six_digits);
    return std::string(6 - digits.size(), '0') + digits;
}

std::optional<std::uint64_t> totp_step_of(std::string_view code, std::string_view secret, std::uint64_t now_ms,
                                          std::uint64_t last_step) {
    const std::uint64_t now = now_ms / totp_step_ms;
    std::optional<std::uint64_t> found;
    for (const std::uint64_t step : {now, now - 1, now + 1}) {
        const std::string right = totp_code(secret, step);
        const bool same = code.size() == right.size() && CRYPTO_memcmp(code.data(), right.data(), right.size()) == 0;
        if (same && step > last_step && !found) found = step;
    }
    return found;
}

std::string base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char byte : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(byte);
        for (held += 8; held >= 5; held -= 5) out.push_back(alphabet[(bits >> (held - 5)) & 31u]);
    }
    if (held > 0) out.push_back(alphabet[(bits << (5 - held)) & 31u]);
    return out;
}

}  // namespace doorstep::crypto
