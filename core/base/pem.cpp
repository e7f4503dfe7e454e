#include "core/base/pem.hpp"

namespace doorstep {
namespace {

constexpr std::string_view begins = "-----BEGIN CERTIFICATE-----", ends = "-----END CERTIFICATE-----";

/// 0 to 63; -1 of what is no digit of base64 (RFC 4648).
int digit_of(char c) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t at = digits.find(c);
    return at == digits.npos ? -1 : static_cast<int>(at);
}

}  // namespace

Result<Bytes> first_certificate(std::string_view pem) {
    const Error none{Errc::invalid_argument, "there is no certificate in PEM"};
    const std::size_t begin = pem.find(begins), end = pem.find(ends);
    if (begin == pem.npos || end == pem.npos || end < begin) return none;
    Bytes out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : pem.substr(begin + begins.size(), end - begin - begins.size())) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '=') continue;
        const int digit = digit_of(c);
        if (digit < 0) return none;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out.push_back(static_cast<char>(bits >> count & 0xff));
    }
    return out.empty() ? Result<Bytes>(none) : Result<Bytes>(std::move(out));
}

}  // namespace doorstep
