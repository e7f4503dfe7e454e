#include "core/store/search_text.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/utf8.hpp"

namespace doorstep {
namespace {

/// Bytes of the character that begins here, in well-formed text.
std::size_t size_at(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    return std::min<std::size_t>(lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4, text.size() - at);
}

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }
bool is_ascii_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

void add_blank(std::string& out) {
    if (!out.empty() && out.back() != ' ') out.push_back(' ');
}

/// The ASCII behind U+FF01 … U+FF5E and U+3000, or 0.
char narrow(std::string_view character) {
    if (character == "\xe3\x80\x80") return ' ';
    if (character.size() != 3 || character[0] != '\xef') return 0;
    const auto second = static_cast<unsigned char>(character[1]), third = static_cast<unsigned char>(character[2]);
    if (second == 0xbc && third >= 0x81) return static_cast<char>(third - 0x81 + '!');
    if (second == 0xbd && third <= 0x9e) return static_cast<char>(third - 0x80 + '`');
    return 0;
}

/// FNV-1a, folded to token_bits. Seeded by the length, so that pieces of different lengths differ too.
Token token_of(std::string_view piece) {
    std::uint32_t hash = 2'166'136'261U + static_cast<std::uint32_t>(piece.size());
    for (const char c : piece) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return (hash ^ hash >> token_bits) & ((Token{1} << token_bits) - 1);
}

}  // namespace

void fold_text(std::string_view utf8, std::string& out) {
    for (std::size_t at = 0, size = 0; at < utf8.size(); at += size) {
        size = size_at(utf8, at);
        const std::string_view character = utf8.substr(at, size);
        char c = size == 1 ? character[0] : narrow(character);
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (size > 1 && c == 0) {
            out.append(character);
        } else if (is_blank(c)) {
            add_blank(out);
        } else {
            out.push_back(c);
        }
    }
}

void add_tokens(std::string_view folded, Pieces pieces, std::vector<Token>& out) {
    const std::size_t none = folded.size();
    std::size_t one = none, two = none;  // where the character before begins, and the one before that
    for (std::size_t at = 0, size = 0; at < folded.size(); at += size) {
        size = size_at(folded, at);
        if (folded[at] == ' ') {
            one = two = none;
            continue;
        }
        const std::size_t end = at + size;
        const bool alone = one == none && (end == folded.size() || folded[end] == ' ');
        const bool three =
            two != none && is_ascii_word(folded[two]) && is_ascii_word(folded[one]) && is_ascii_word(folded[at]);
        if (pieces == Pieces::all || alone) out.push_back(token_of(folded.substr(at, size)));
        if (one != none && (pieces == Pieces::all || !three)) out.push_back(token_of(folded.substr(one, end - one)));
        if (three) out.push_back(token_of(folded.substr(two, end - two)));
        two = one;
        one = at;
    }
}

Result<SearchWords> SearchWords::parse(std::string_view query) {
    if (query.size() > limits::search_bytes_max)
        return Error{Errc::invalid_argument,
                     "a search has at most " + std::to_string(limits::search_bytes_max) + " bytes"};
    if (!is_text(query)) return Error{Errc::invalid_utf8, "a search is UTF-8 without NUL"};
    std::string folded;
    fold_text(query, folded);
    SearchWords out;
    for (std::size_t at = 0; at < folded.size();) {
        const std::size_t end = std::min(folded.find(' ', at), folded.size());
        if (end > at) out.words.push_back(folded.substr(at, end - at));
        at = end + 1;
    }
    if (out.words.size() > limits::search_words_max)
        return Error{Errc::invalid_argument,
                     "a search has at most " + std::to_string(limits::search_words_max) + " words"};
    for (const std::string& word : out.words) add_tokens(word, Pieces::longest, out.tokens);
    std::sort(out.tokens.begin(), out.tokens.end());
    out.tokens.erase(std::unique(out.tokens.begin(), out.tokens.end()), out.tokens.end());
    return out;
}

bool SearchWords::match(std::string_view folded_text) const {
    return std::all_of(words.begin(), words.end(),
                       [&](const std::string& word) { return folded_text.find(word) != std::string_view::npos; });
}

}  // namespace doorstep
