// tests/tidy/source_text.hpp -- what the tidy tests need to know of a C++ file, without a compiler.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace doorstep::tidy {

/// The whole file. A file that cannot be read is "", which no test below takes for a good one.
std::string read_file(const std::filesystem::path& path);

/// The lines, without their '\n'.
std::vector<std::string> split_lines(std::string_view text);

/// The same text, line for line, with comments and the insides of string and character literals made blank, so that a
/// rule about code is not broken by a sentence about it. Include paths stay.
std::string code_only(std::string_view source);

struct Include {
    int line_from_1 = 0;
    std::string header;  ///< with its delimiters: <vector>, "core/base/result.hpp"
};

/// Every #include of the source, in order.
std::vector<Include> includes_of(std::string_view source);

/// Files below root's folder whose name ends in one of the endings, as paths relative to root with '/', sorted.
/// Build folders, node_modules and hidden folders are left out. An absent folder has no files.
std::vector<std::string> files_below(const std::filesystem::path& root, const std::string& folder,
                                     const std::vector<std::string>& endings);

/// The repo's root: DOORSTEP_SOURCE_DIR as ctest sets it, else the working directory.
std::filesystem::path repo_root();

}  // namespace doorstep::tidy
