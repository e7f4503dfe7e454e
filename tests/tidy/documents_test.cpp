// What stands in two places must say the same: error codes in docs and doorstep.h; and what the schema must never hold.
#include <gtest/gtest.h>

#include <string>

#include "core/base/result.hpp"
#include "core/model/refused_term.hpp"
#include "core/model/schema.hpp"
#include "mobile-bridge/include/doorstep.h"
#include "tests/tidy/source_text.hpp"

namespace doorstep::tidy {
namespace {

TEST(Documents, ErrorsMdHoldsEveryCodeWithBothTexts) {
    const std::string page = read_file(repo_root() / "docs/errors.md");
#define DOORSTEP_ERROR(number, name, zh, en) \
    EXPECT_NE(page.find("| " #number " | `" #name "` | " zh " | " en " |\n"), std::string::npos) << #name;
#include "core/base/error_codes.def"
#undef DOORSTEP_ERROR
}

TEST(Documents, DoorstepHHoldsEveryCode) {
    const std::string header = read_file(repo_root() / "mobile-bridge/include/doorstep.h");
    for (int number = 1; number < 1000; ++number) {
        const auto code = error_from_number(number);
        if (!code) continue;
        std::string line = "    DS_" + std::string(error_name(*code)) + " = " + std::to_string(number) + ",\n";
        for (char& c : line)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        EXPECT_NE(header.find(line), std::string::npos) << line;
    }
}

// trust.md: the unit of everything is the matter. No field for a person's risk, temper, "stability" or complaining.
TEST(Schema, HoldsNothingThatJudgesOrTracksAPerson) {
    for (const RecordSchema& record : record_schemas())
        for (const FieldSchema& field : record.fields)
            for (const std::string_view name : {field.name, field.label_zh_cn, field.label_en})
                EXPECT_EQ(refused_term(name), "") << record.name << "." << field.name;
    EXPECT_NE(refused_term("居民风险等级"), "");
    EXPECT_NE(refused_term("Risk_level"), "");
    EXPECT_EQ(refused_term("体温 temperature"), "") << "a word that only begins so";
}

}  // namespace
}  // namespace doorstep::tidy
