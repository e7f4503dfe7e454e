// tests/tidy/include_rules.hpp -- the table of include_rules.txt, and the question it answers.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep::tidy {

/// One line of the table.
struct Rule {
    enum class Kind { ours, may, never, never_says };
    std::string folder;
    Kind kind = Kind::ours;
    std::vector<std::string> words;  ///< folders, headers with their delimiters, or words of code
};

class IncludeRules {
public:
    /// Reads the table's text. invalid_argument names the line that is not a rule.
    static Result<IncludeRules> parse(std::string_view text);

    /// What is wrong with one file, one sentence each, beginning with path:line. Empty when nothing is.
    /// path is relative to the repo's root, with '/'.
    std::vector<std::string> violations(const std::string& path, std::string_view source) const;

    /// violations() of every C++ file below the folders that the table speaks of.
    std::vector<std::string> violations_below(const std::filesystem::path& root) const;

    /// The top folders that the table speaks of: core, server, …
    std::vector<std::string> top_folders() const;

private:
    std::string refusal(const std::string& path, const std::string& header) const;
    const Rule* row_of(std::string_view path) const;

    std::vector<Rule> rules_;
};

}  // namespace doorstep::tidy
