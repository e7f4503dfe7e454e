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
    for (std::size_t i = 0; i < bytes.size();) {
        const Lead lead = lead_of(at(i));
        if (lead.size == 0 || lead.size > bytes.size() - i) return false;
        if (lead.size > 1 && (at(i + 1) < lead.second_min || at(i + 1) > lead.second_max)) return false;
        for (std::size_t k = 2; k < lead.size; ++k)
            if ((at(i + k) & 0xc0) != 0x80) return false;
        i += lead.size;
    }
    return true;
}

}  // namespace doorstep
