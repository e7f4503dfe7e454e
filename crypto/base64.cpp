#include "crypto/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace doorstep::crypto {

std::optional<std::string> from_base64(std::string_view text) {
    constexpr std::size_t group = 4, text_bytes_max = 1 << 20;
    if (text.size() % group != 0 || text.size() > text_bytes_max) return std::nullopt;
    const std::size_t end = std::min(text.find('='), text.size()), padding = text.size() - end;
    if (padding > 2 || text.find_first_not_of('=', end) != std::string_view::npos) return std::nullopt;
    // The decoder passes over white space at both ends, which is none of ours.
    if (text.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
    std::string out(text.size() / group * 3, '\0');
    const int bytes =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (bytes < 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(bytes) - padding);
    return out;
}

}  // namespace doorstep::crypto
