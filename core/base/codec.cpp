#include "core/base/codec.hpp"

#include <limits>

namespace doorstep {

void Writer::u32(std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) u8(static_cast<std::uint8_t>(v >> shift));
}

void Writer::u64(std::uint64_t v) {
    u32(static_cast<std::uint32_t>(v >> 32));
    u32(static_cast<std::uint32_t>(v));
}

void Writer::zigzag(std::int64_t v) {
    const auto bits = static_cast<std::uint64_t>(v);
    varint(v < 0 ? ~(bits << 1) : bits << 1);
}

std::uint32_t Reader::u32() {
    std::uint32_t v = 0;
    for (int i = 0; i < 4; ++i) v = v << 8 | u8();
    return v;
}

std::uint64_t Reader::u64() {
    const std::uint64_t high = u32();
    return high << 32 | u32();
}

std::uint64_t Reader::long_varint() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        const std::uint8_t byte = u8();
        if (failed_) return 0;
        const bool overflows = shift == 63 && byte > 1;
        const bool not_shortest = shift > 0 && byte == 0;
        if (overflows || not_shortest) break;
        v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return v;
    }
    fail();
    return 0;
}

std::uint32_t Reader::varint32() {
    const std::uint64_t v = varint();
    if (v <= std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(v);
    fail();
    return 0;
}

std::int64_t Reader::zigzag() {
    const std::uint64_t bits = varint();
    return static_cast<std::int64_t>(bits & 1 ? ~(bits >> 1) : bits >> 1);
}

std::size_t Reader::count(std::size_t count_max, std::size_t item_bytes_min) {
    const std::uint64_t n = varint();
    if (n > count_max || n > rest_.size() / item_bytes_min) fail();
    return failed_ ? 0 : static_cast<std::size_t>(n);
}

Status Reader::finish(const char* what) const {
    if (failed_) return Error{Errc::malformed, std::string(what) + " is malformed"};
    if (!rest_.empty()) return Error{Errc::malformed, std::string(what) + " has bytes after its end"};
    return ok();
}

}  // namespace doorstep
