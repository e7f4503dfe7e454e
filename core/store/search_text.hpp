// core/store/search_text.hpp -- how words are compared, and the short pieces of them that the search index knows.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep {

/// Appends the text as search compares it: full-width forms of ASCII become ASCII, A-Z become a-z, and every run of
/// blanks, line ends and control characters becomes one blank.
void fold_text(std::string_view utf8, std::string& out);

/// A piece of text, as a number: one character, two, or three when all are ASCII letters or digits (there are few
/// different pairs of digits, and every record holds many of them). Different pieces may share a number, so a record
/// that the index offers is read before it is believed.
using Token = std::uint32_t;
inline constexpr int token_bits = 22;

/// Which pieces: all that a record has, or the longest ones of a word, which stand for those within them.
enum class Pieces { all, longest };
/// The tokens of a folded text, in no order and with repeats; pieces never span a blank.
void add_tokens(std::string_view folded, Pieces pieces, std::vector<Token>& out);

/// What a person looks for: every word must be found somewhere in a record.
struct SearchWords {
    std::vector<std::string> words;  ///< folded, no blanks; none: nothing is looked for
    std::vector<Token> tokens;       ///< ascending, each once: a record that lacks one cannot match

    /// Errors: invalid_utf8 (NUL too), invalid_argument over limits::search_bytes_max or search_words_max.
    static Result<SearchWords> parse(std::string_view query);
    bool match(std::string_view folded_text) const;
};

}  // namespace doorstep
