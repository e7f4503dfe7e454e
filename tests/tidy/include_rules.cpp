#include "tests/tidy/include_rules.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "tests/tidy/source_text.hpp"

namespace doorstep::tidy {
namespace {

bool is_in(std::string_view path, std::string_view folder) {
    return path == folder || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

/// `*` stands for any characters, none included.
bool matches(std::string_view text, std::string_view pattern) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() != '*') {
        return !text.empty() && text.front() == pattern.front() && matches(text.substr(1), pattern.substr(1));
    }
    for (std::size_t skip = 0; skip <= text.size(); ++skip)
        if (matches(text.substr(skip), pattern.substr(1))) return true;
    return false;
}

bool has_word(std::string_view line, std::string_view word) {
    const auto is_name_part = [&](std::size_t i) {
        return i < line.size() && (std::isalnum(static_cast<unsigned char>(line[i])) != 0 || line[i] == '_');
    };
    for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1))
        if (!(at > 0 && is_name_part(at - 1)) && !is_name_part(at + word.size())) return true;
    return false;
}

std::optional<Rule::Kind> kind_of(std::string_view verb) {
    if (verb == "->") return Rule::Kind::ours;
    if (verb == "may") return Rule::Kind::may;
    if (verb == "never") return Rule::Kind::never;
    if (verb == "never-says") return Rule::Kind::never_says;
    return std::nullopt;
}

bool any_match(const Rule& rule, std::string_view header) {
    return std::any_of(rule.words.begin(), rule.words.end(),
                       [&](const std::string& pattern) { return matches(header, pattern); });
}

}  // namespace

Result<IncludeRules> IncludeRules::parse(std::string_view text) {
    IncludeRules rules;
    int line_from_1 = 0;
    for (const std::string& line : split_lines(text)) {
        ++line_from_1;
        std::istringstream in(line.substr(0, line.find('#')));
        std::string verb;
        Rule rule;
        if (!(in >> rule.folder)) continue;
        in >> verb;
        const auto kind = kind_of(verb);
        if (!kind) {
            return Error{Errc::invalid_argument, "line " + std::to_string(line_from_1) + " is no rule: " + line};
        }
        rule.kind = *kind;
        for (std::string word; in >> word;) rule.words.push_back(word);
        rules.rules_.push_back(std::move(rule));
    }
    return rules;
}

const Rule* IncludeRules::row_of(std::string_view path) const {
    const Rule* best = nullptr;
    for (const Rule& rule : rules_) {
        if (rule.kind != Rule::Kind::ours || !is_in(path, rule.folder)) continue;
        if (best == nullptr || rule.folder.size() > best->folder.size()) best = &rule;
    }
    return best;
}

std::vector<std::string> IncludeRules::top_folders() const {
    std::set<std::string> tops;
    for (const Rule& rule : rules_) tops.insert(rule.folder.substr(0, rule.folder.find('/')));
    return {tops.begin(), tops.end()};
}

/// Why path may not include header; "" when it may.
std::string IncludeRules::refusal(const std::string& path, const std::string& header) const {
    const std::string name = header.substr(1, header.size() - 2);
    // The same header is foreign in either kind of quotes: "sqlite3.h" must not slip past a rule about <sqlite3.h>.
    const std::string in_angles = "<" + name + ">";
    const auto applies = [&](const Rule& rule, Rule::Kind kind) {
        return rule.kind == kind && is_in(path, rule.folder) && (any_match(rule, in_angles) || any_match(rule, header));
    };
    for (const Rule& rule : rules_)
        if (applies(rule, Rule::Kind::may)) return "";

    const std::string top = name.substr(0, name.find('/'));
    const auto tops = top_folders();
    const bool is_ours = top == "tests" || std::find(tops.begin(), tops.end(), top) != tops.end();
    if (!is_ours || header.front() == '<') {
        for (const Rule& rule : rules_)
            if (applies(rule, Rule::Kind::never)) return rule.folder + " never includes it";
        if (header.front() == '<') return "";
        return "headers of ours are written from the repo's root, headers of others in <>";
    }
    const Rule* row = row_of(path);
    if (is_in(name, row->folder)) {
        // The longest row of the header decides: server/main.cpp is in `server`, server/net/x.hpp is not.
        const Rule* target = row_of(name);
        if (target == row) return "";
    }
    const bool allowed = std::any_of(row->words.begin(), row->words.end(),
                                     [&](const std::string& folder) { return is_in(name, folder); });
    if (allowed) return "";
    std::string may = row->words.empty() ? "nothing of ours" : "only";
    for (const std::string& folder : row->words) may += " " + folder;
    return row->folder + " may include " + may;
}

std::vector<std::string> IncludeRules::violations(const std::string& path, std::string_view source) const {
    if (row_of(path) == nullptr) return {path + ":1: its folder has no row in tests/tidy/include_rules.txt"};
    std::vector<std::string> found;
    for (const Include& include : includes_of(source)) {
        const std::string why = refusal(path, include.header);
        if (!why.empty()) {
            found.push_back(path + ":" + std::to_string(include.line_from_1) + ": " + include.header + ": " + why);
        }
    }
    int line_from_1 = 0;
    for (const std::string& line : split_lines(code_only(source))) {
        ++line_from_1;
        for (const Rule& rule : rules_) {
            if (rule.kind != Rule::Kind::never_says || !is_in(path, rule.folder)) continue;
            for (const std::string& word : rule.words) {
                if (!has_word(line, word)) continue;
                found.push_back(path + ":" + std::to_string(line_from_1) + ": " + rule.folder + " never says " + word);
            }
        }
    }
    return found;
}

std::vector<std::string> IncludeRules::violations_below(const std::filesystem::path& root) const {
    std::vector<std::string> found;
    for (const std::string& top : top_folders()) {
        for (const std::string& path : files_below(root, top, {".hpp", ".cpp", ".h", ".c"})) {
            for (std::string& violation : violations(path, read_file(root / path))) {
                found.push_back(std::move(violation));
            }
        }
    }
    return found;
}

}  // namespace doorstep::tidy
