// core/model/stream_chain.hpp -- the order of a stream as one hash, and the server's receipt for it. The additive
// digest tells honest sides apart; a chain also holds against who makes up commits until their sum comes out.
#pragma once

#include "core/model/area.hpp"

namespace doorstep {

/// SHA-256 over (the chain before, the commit's hash); zero before the first.
Hash extend_chain(const Hash& chain, const Hash& commit);

/// HMAC-SHA-256 over (stream, position, chain there). Whoever shows it proves with it that exactly the commits that
/// lead to the chain stood in the stream, in their order, when the key's holder wrote it.
Hash receipt_tag(BytesView key, const Stream& stream, std::uint64_t position, const Hash& chain);

}  // namespace doorstep
