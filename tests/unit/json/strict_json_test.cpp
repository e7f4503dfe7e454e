// JSON from outside: what nlohmann::json would let pass, we refuse.
#include "json/strict_json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace doorstep {
namespace {

TEST(StrictJson, RefusesWhatAHostileClientSends) {
    struct Row {
        const char* name;
        std::string text;
        Errc code;
    };
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    const Row rows[] = {{"not JSON", "{", Errc::invalid_argument},
                        {"empty", "", Errc::invalid_argument},
                        {"text after the end", "{} {}", Errc::invalid_argument},
                        {"a comment", "{/*x*/}", Errc::invalid_argument},
                        {"a key twice", R"({"a":1,"a":2})", Errc::invalid_argument},
                        {"a key twice, once escaped", R"({"a":1,"\u0061":2})", Errc::invalid_argument},
                        {"a key twice, deep inside", R"([{"x":{"a":1,"b":{},"a":2}}])", Errc::invalid_argument},
                        {"NUL in a value", R"({"a":"x\u0000y"})", Errc::invalid_argument},
                        {"NUL in a key", R"({"x\u0000y":1})", Errc::invalid_argument},
                        {"one level too deep", nested(json_depth_max + 1), Errc::invalid_argument},
                        {"a hundred thousand levels", nested(100'000), Errc::invalid_argument},
                        {"invalid UTF-8", "{\"a\":\"\xff\"}", Errc::invalid_utf8},
                        {"one byte too many", "[\"" + std::string(97, 'x') + "\"]", Errc::payload_too_large}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const std::size_t bytes_max = row.code == Errc::payload_too_large ? 100 : 1'000'000;
        const auto parsed = parse_json(row.text, bytes_max);
        ASSERT_FALSE(parsed);
        EXPECT_EQ(parsed.error().code, row.code) << parsed.error().detail;
    }
}

// tests/json-corpus: each file is named for what becomes of it, CODE.WHAT.json. The server's routes are given the same.
TEST(StrictJson, SaysToEveryFileOfTheCorpusWhatItsNameSays) {
    namespace fs = std::filesystem;
    const char* source = std::getenv("DOORSTEP_SOURCE_DIR");
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(source ? source : ".") / "tests/json-corpus")) {
        const std::string name = entry.path().filename();
        SCOPED_TRACE(name);
        std::ostringstream text;
        text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        const auto parsed = parse_json(text.str(), 4'000'000);
        EXPECT_EQ(parsed ? "sound" : error_name(parsed.error().code), name.substr(0, name.find('.')));
        ++files;
    }
    EXPECT_GT(files, 80U);
}

TEST(StrictJson, TakesWhatIsSound) {
    for (const std::string& text : {std::string("{}"), std::string(R"({"a":1,"b":{"a":1}})"), std::string(R"("[[[[")"),
                                    std::string(json_depth_max, '[') + std::string(json_depth_max, ']'),
                                    std::string("[\"") + std::string(96, 'x') + "\"]"}) {
        SCOPED_TRACE(text);
        EXPECT_TRUE(parse_json(text, 100));
    }
}

}  // namespace
}  // namespace doorstep
