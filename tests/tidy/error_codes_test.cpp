// The list of error codes is append-only and speaks both languages.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/tidy/source_text.hpp"

namespace doorstep::tidy {
namespace {

struct Code {
    int number;
    std::string_view name, zh_cn, en;
};

const Code codes[] = {
#define DOORSTEP_ERROR(number, name, zh, en) {number, #name, zh, en},
#include "core/base/error_codes.def"
#undef DOORSTEP_ERROR
};

TEST(ErrorCodes, NumbersAndNamesAreUnique) {
    std::set<int> numbers;
    std::set<std::string_view> names;
    for (const Code& code : codes) {
        EXPECT_GT(code.number, 0) << code.name << ": 0 means success in the C ABI";
        EXPECT_TRUE(numbers.insert(code.number).second) << code.number << " is used twice";
        EXPECT_TRUE(names.insert(code.name).second) << code.name << " is used twice";
    }
}

TEST(ErrorCodes, ReleasedOnesKeepNumberAndName) {
    std::map<int, std::string_view> name_of;
    for (const Code& code : codes) name_of[code.number] = code.name;
    int released = 0;
    for (const std::string& line : split_lines(read_file(repo_root() / "tests/tidy/error_codes.released"))) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream in(line);
        int number = 0;
        std::string name;
        ASSERT_TRUE(in >> number >> name) << line;
        EXPECT_EQ(name_of[number], name) << "code " << number << " was released and must stay as it is";
        ++released;
    }
    EXPECT_GE(released, 36) << "tests/tidy/error_codes.released has lost lines";
}

bool has_chinese(std::string_view text) {  // U+4E00 to U+9FFF are E4 B8 80 to E9 BF BF in UTF-8
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= '\xe4' && c <= '\xe9'; });
}

TEST(ErrorCodes, EachSpeaksBothLanguages) {
    for (const Code& code : codes) {
        SCOPED_TRACE(code.name);
        EXPECT_TRUE(has_chinese(code.zh_cn));
        EXPECT_TRUE(code.zh_cn.ends_with("。"));
        EXPECT_FALSE(has_chinese(code.en));
        EXPECT_TRUE(code.en.ends_with("."));
    }
}

}  // namespace
}  // namespace doorstep::tidy
