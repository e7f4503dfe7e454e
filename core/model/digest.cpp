#include "core/model/digest.hpp"

namespace doorstep {

Digest Digest::of(const Hash& item) {
    Reader in(item.view());
    return decode(in);
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
