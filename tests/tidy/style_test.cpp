// The measurable part of the house's style: how long a file and a line may be, and what no file may name.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_text.hpp"

namespace doorstep::tidy {
namespace {

constexpr std::size_t core_file_lines_max = 500;  // one idea a file
constexpr std::size_t line_columns_max = 120;

/// Characters, not bytes: a Chinese sentence in a test is not three times as long as it looks.
std::size_t columns_of(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(
        line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

TEST(Style, CoreFilesAreShort) {
    for (const std::string& path : files_below(repo_root(), "core", {".hpp", ".cpp", ".h"})) {
        EXPECT_LE(split_lines(read_file(repo_root() / path)).size(), core_file_lines_max) << path;
    }
}

TEST(Style, LinesFitTheScreen) {
    for (const char* folder : {"core", "json", "crypto", "compression", "server", "mobile-bridge", "tests", "bench"}) {
        for (const std::string& path : files_below(repo_root(), folder, {".hpp", ".cpp", ".h"})) {
            int line_from_1 = 0;
            for (const std::string& line : split_lines(read_file(repo_root() / path))) {
                ++line_from_1;
                EXPECT_LE(columns_of(line), line_columns_max) << path << ":" << line_from_1;
            }
        }
    }
}

// A checkout builds anywhere: no file names the machine it was written on, nor the host a package once came from (a
// mirror's users would be sent to a host they cannot reach).
TEST(Style, NoFileNamesAMachineOrARegistry) {
    const std::string slash = "/";  // in pieces, or this file would name them
    const std::vector<std::string> never = {
        slash + "work/main",
        slash + "work/shared",
        slash + "root/",
        std::string("registry.") + "npmjs",
        std::string("deb.") + "debian.org",
        std::string("security.") + "debian.org",
    };
    const auto files = files_below(repo_root(), "", {""});
    EXPECT_GT(files.size(), 20U);
    for (const std::string& path : files) {
        const std::string text = read_file(repo_root() / path);
        for (const std::string& name : never) EXPECT_EQ(text.find(name), std::string::npos) << path << " says " << name;
    }
}

}  // namespace
}  // namespace doorstep::tidy
