#include "core/model/digest.hpp"

namespace doorstep {

Digest Digest::of(const Hash& item) {
    Reader in(item.view());
    return decode(in);
}

Digest Digest::at(std::uint64_t place, const Hash& item) {
    const std::uint64_t times = 2 * place + 1, half = 0xffff'ffff;
    const Digest once = of(item);
    const std::uint64_t a0 = once.low & half, a1 = once.low >> 32, b0 = times & half, b1 = times >> 32;
    const std::uint64_t middle = (a0 * b0 >> 32) + (a0 * b1 & half) + (a1 * b0 & half);
    Digest out;
    out.low = (a0 * b0 & half) | middle << 32;
    out.high = once.high * times + a1 * b1 + (a0 * b1 >> 32) + (a1 * b0 >> 32) + (middle >> 32);
    return out;
}

Digest& Digest::operator+=(const Digest& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
    return *this;
}

Digest& Digest::operator-=(const Digest& other) {
    high -= other.high + (low < other.low ? 1 : 0);
    low -= other.low;
    return *this;
}

void Digest::encode(Writer& out) const {
    out.u64(high);
    out.u64(low);
}

Digest Digest::decode(Reader& in) {
    Digest digest;
    digest.high = in.u64();
    digest.low = in.u64();
    return digest;
}

std::string Digest::hex() const {
    Bytes bytes;
    Writer out(bytes);
    encode(out);
    return to_hex(bytes);
}

}  // namespace doorstep
