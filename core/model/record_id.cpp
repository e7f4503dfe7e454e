#include "core/model/record_id.hpp"

#include "core/base/codec.hpp"
#include "core/base/sha256.hpp"

namespace doorstep {

RecordId derive_record_id(Hlc hlc, const Salt& salt, std::uint32_t nth_from_0) {
    Bytes seed = "doorstep record id";
    Writer out(seed);
    out.fixed(salt);
    out.u32(nth_from_0);
    const Hash hash = sha256(seed);
    RecordId id;
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<char>(hlc.wall_ms >> (40 - 8 * i));
    for (std::size_t i = 6; i < RecordId::size; ++i) id.bytes[i] = hash.bytes[i - 6];
    return id;
}

}  // namespace doorstep
