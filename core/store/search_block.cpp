#include "core/store/search_block.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace doorstep {
namespace {

// A chunk: for each token, ascending: token (the difference to the one before) · bytes of its places · places (each the
// difference to the one before). The length lets a reader step over the tokens it does not look for.

constexpr int place_bits = 16;

/// By token and, as they came ascending, by place: two passes over the token's bits, which beats comparing.
void sort_by_token(std::vector<std::uint64_t>& entries) {
    constexpr int pass_bits = token_bits / 2;
    constexpr std::size_t buckets = std::size_t{1} << pass_bits;
    static_assert(token_bits % 2 == 0);
    std::vector<std::uint64_t> sorted(entries.size());
    for (const int shift : {place_bits, place_bits + pass_bits}) {
        std::array<std::uint32_t, buckets + 1> starts{};
        const auto bucket = [&](std::uint64_t entry) { return entry >> shift & (buckets - 1); };
        for (const std::uint64_t entry : entries) ++starts[bucket(entry) + 1];
        for (std::size_t i = 0; i < buckets; ++i) starts[i + 1] += starts[i];
        for (const std::uint64_t entry : entries) sorted[starts[bucket(entry)]++] = entry;
        entries.swap(sorted);
    }
}

}  // namespace

void SearchBlockWriter::add(std::string_view folded_text) {
    tokens_.clear();
    add_tokens(folded_text, Pieces::all, tokens_);
    std::sort(tokens_.begin(), tokens_.end());
    tokens_.erase(std::unique(tokens_.begin(), tokens_.end()), tokens_.end());
    for (const Token token : tokens_) entries_.push_back(std::uint64_t{token} << place_bits | places_);
    ++places_;
}

std::vector<SearchChunk> SearchBlockWriter::finish() {
    sort_by_token(entries_);
    std::vector<SearchChunk> out;
    Bytes places;
    Token previous = 0;
    for (std::size_t i = 0; i < entries_.size();) {
        const auto token = static_cast<Token>(entries_[i] >> place_bits);
        places.clear();
        Writer place_writer(places);
        for (std::uint64_t before = 0; i < entries_.size() && entries_[i] >> place_bits == token; ++i) {
            const std::uint64_t place = entries_[i] & 0xffff;
            place_writer.varint(place - before);
            before = place;
        }
        if (out.empty() || out.back().bytes.size() + places.size() > chunk_bytes) {
            out.push_back({token, {}});
            previous = token;
        }
        Writer writer(out.back().bytes);
        writer.varint(token - previous);
        writer.sized(places);
        previous = token;
    }
    return out;
}

Result<std::vector<Place>> places_in(const SearchChunk& chunk, Token token) {
    Reader in(chunk.bytes);
    std::vector<Place> out;
    for (Token at = chunk.first; !in.at_end();) {
        at += in.varint32();
        const BytesView places = in.sized(chunk.bytes.size());
        if (in.failed() || at > token) break;
        if (at != token) continue;
        Reader numbers(places);
        for (std::uint64_t place = 0; !numbers.at_end();) {
            place += numbers.varint();
            if (place > std::numeric_limits<Place>::max()) numbers.fail();
            if (!numbers.failed()) out.push_back(static_cast<Place>(place));
        }
        if (numbers.failed()) in.fail();
        break;
    }
    if (in.failed()) return Error{Errc::corrupt, "a chunk of the search index is damaged"};
    return out;
}

}  // namespace doorstep
