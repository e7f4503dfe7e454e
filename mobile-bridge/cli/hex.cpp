#include "mobile-bridge/cli/hex.hpp"

namespace doorstep::cli {

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        out.push_back(digits[value >> 4]);
        out.push_back(digits[value & 15]);
    }
    return out;
}

std::string from_hex(std::string_view hex) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const auto high = digits.find(hex[i]), low = digits.find(hex[i + 1]);
        if (high == digits.npos || low == digits.npos) return {};
        out.push_back(static_cast<char>(high << 4 | low));
    }
    return hex.size() % 2 == 0 ? out : std::string();
}

}  // namespace doorstep::cli
