#include "core/base/utf8.hpp"

namespace doorstep {
namespace {

struct Lead {
    std::size_t size;                 // bytes of the whole sequence; 0 when no sequence starts so
    unsigned second_min, second_max;  // the second byte rules out overlong forms, surrogates and the beyond
};

Lead lead_of(unsigned byte) {
    if (byte >= 0x01 && byte <= 0x7f) return {1, 0, 0};
    if (byte >= 0xc2 && byte <= 0xdf) return {2, 0x80, 0xbf};
    if (byte == 0xe0) return {3, 0xa0, 0xbf};
    if (byte == 0xed) return {3, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef) return {3, 0x80, 0xbf};
    if (byte == 0xf0) return {4, 0x90, 0xbf};
    if (byte >= 0xf1 && byte <= 0xf3) return {4, 0x80, 0xbf};
    if (byte == 0xf4) return {4, 0x80, 0x8f};
    return {0, 0, 0};
}

}  // namespace

bool is_text(BytesView bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
    const auto follows = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
    for (std::size_t i = 0; i < bytes.size();) {
        const unsigned first = at(i);
        if (first - 1 < 0x7f) {  // what our texts are made of: ASCII …
            ++i;
            continue;
        }
        const bool han = first >= 0xe3 && first <= 0xe9;  // … and U+3000 to U+9FFF
        if (han && bytes.size() - i >= 3 && follows(i + 1) && follows(i + 2)) {
            i += 3;
            continue;
        }
        const Lead lead = lead_of(first);
        if (lead.size == 0 || lead.size > bytes.size() - i) return false;
        if (lead.size > 1 && (at(i + 1) < lead.second_min || at(i + 1) > lead.second_max)) return false;
        for (std::size_t k = 2; k < lead.size; ++k)
            if (!follows(i + k)) return false;
        i += lead.size;
    }
    return true;
}

}  // namespace doorstep
