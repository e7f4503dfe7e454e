#include "tests/tidy/source_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace doorstep::tidy {
namespace {

bool starts_include(std::string_view line, std::string_view& rest) {
    const auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
    skip_blanks();
    if (!line.starts_with('#')) return false;
    line.remove_prefix(1);
    skip_blanks();
    if (!line.starts_with("include")) return false;
    line.remove_prefix(std::string_view("include").size());
    skip_blanks();
    rest = line;
    return true;
}

/// Copies source to its result character by character, blanking what is not code.
class CodeReader {
public:
    explicit CodeReader(std::string_view source) : source_(source) { code_.reserve(source.size()); }

    std::string read() {
        while (at_ < source_.size()) {
            const std::string_view rest = source_.substr(at_);
            std::string_view header;
            if (at_line_start() && starts_include(rest.substr(0, rest.find('\n')), header)) {
                keep(std::min(rest.find('\n'), rest.size()));
            } else if (rest.starts_with("//")) {
                blank(std::min(rest.find('\n'), rest.size()));
            } else if (rest.starts_with("/*")) {
                blank(end_after(rest, "*/", 2));
            } else if (rest.starts_with("R\"")) {
                const std::size_t open = rest.find('(');
                const std::string close = ")" + std::string(rest.substr(2, open - 2)) + "\"";
                blank(end_after(rest, close, open));
            } else if (rest.front() == '"' || (rest.front() == '\'' && !is_digit_separator())) {
                blank(literal_length(rest));
            } else {
                keep(1);
            }
        }
        return std::move(code_);
    }

private:
    bool at_line_start() const { return at_ == 0 || source_[at_ - 1] == '\n'; }
    bool is_digit_separator() const {  // 120'000
        return at_ > 0 && std::isxdigit(static_cast<unsigned char>(source_[at_ - 1])) != 0;
    }
    static std::size_t end_after(std::string_view rest, std::string_view close, std::size_t from) {
        const std::size_t found = rest.find(close, from);
        return found == std::string_view::npos ? rest.size() : found + close.size();
    }
    static std::size_t literal_length(std::string_view rest) {
        std::size_t i = 1;
        while (i < rest.size() && rest[i] != rest.front() && rest[i] != '\n') i += rest[i] == '\\' ? 2 : 1;
        return std::min(i + 1, rest.size());
    }
    void keep(std::size_t count) {
        code_ += source_.substr(at_, count);
        at_ += count;
    }
    void blank(std::size_t count) {  // line numbers stay right
        for (const char c : source_.substr(at_, count)) code_ += c == '\n' ? '\n' : ' ';
        at_ += count;
    }

    std::string_view source_;
    std::string code_;
    std::size_t at_ = 0;
};

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string code_only(std::string_view source) { return CodeReader(source).read(); }

std::vector<Include> includes_of(std::string_view source) {
    std::vector<Include> found;
    int line_from_1 = 0;
    for (const std::string& line : split_lines(code_only(source))) {
        ++line_from_1;
        std::string_view rest;
        if (!starts_include(line, rest) || rest.empty()) continue;
        const char close = rest.front() == '<' ? '>' : '"';
        found.push_back({line_from_1, std::string(rest.substr(0, rest.find(close, 1))) + close});
    }
    return found;
}

std::vector<std::string> files_below(const std::filesystem::path& root, const std::string& folder,
                                     const std::vector<std::string>& endings) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    const fs::path start = root / folder;
    if (!fs::exists(start)) return files;
    for (fs::recursive_directory_iterator it(start), end; it != end; ++it) {
        const std::string name = it->path().filename().string();
        if (it->is_directory()) {
            const bool is_ours = name != "build" && name != "node_modules" && !name.starts_with(".git");
            if (!is_ours) it.disable_recursion_pending();
        } else if (std::any_of(endings.begin(), endings.end(),
                               [&](const std::string& ending) { return name.ends_with(ending); })) {
            files.push_back(it->path().lexically_relative(root).generic_string());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::filesystem::path repo_root() {
    const char* root = std::getenv("DOORSTEP_SOURCE_DIR");
    return root != nullptr ? std::filesystem::path(root) : std::filesystem::current_path();
}

}  // namespace doorstep::tidy
