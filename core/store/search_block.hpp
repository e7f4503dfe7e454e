// core/store/search_block.hpp -- which of up to a thousand records hold a token: bytes that are made once and read by
// token. A pure function of the records' texts: made again, they are the same.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/codec.hpp"
#include "core/store/search_text.hpp"

namespace doorstep {

/// Tokens from `first` on with the places of the records that hold them.
struct SearchChunk {
    Token first = 0;
    Bytes bytes;  ///< about chunk_bytes, so that a chunk fits a page of the file
};
inline constexpr std::size_t chunk_bytes = 3500;

/// The place of a record among those of its block, from 0.
using Place = std::uint16_t;

/// Collects the texts of one block. One use.
class SearchBlockWriter {
public:
    /// The next record's folded text; its place is how many came before.
    void add(std::string_view folded_text);
    /// Chunks ascending by token.
    std::vector<SearchChunk> finish();

private:
    Place places_ = 0;
    std::vector<Token> tokens_;           // of the record being added
    std::vector<std::uint64_t> entries_;  // token, then place
};

/// The places, ascending, that hold the token, from the chunk that would have it. Errors: corrupt.
Result<std::vector<Place>> places_in(const SearchChunk& chunk, Token token);

}  // namespace doorstep
