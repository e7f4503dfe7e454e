#include "core/model/stream_chain.hpp"

#include "core/base/hmac.hpp"

namespace doorstep {

Hash extend_chain(const Hash& chain, const Hash& commit) {
    Sha256 hash;
    return hash.update(chain.view()).update(commit.view()).finish();
}

Hash receipt_tag(BytesView key, const Stream& stream, std::uint64_t position, const Hash& chain) {
    Bytes said = "doorstep receipt";
    Writer out(said);
    stream.encode(out);
    out.varint(position);
    out.fixed(chain);
    return hmac_sha256(key, said);
}

}  // namespace doorstep
