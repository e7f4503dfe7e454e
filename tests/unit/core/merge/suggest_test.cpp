// Suggested wordings: both changes when they do not touch, none when they do; never a sentence that nobody wrote.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/base/limits.hpp"
#include "core/merge/suggest.hpp"
#include "tests/unit/core/support/random.hpp"

namespace doorstep::test {
namespace {

constexpr const char* none = "(none)";

std::string suggestion(std::string_view base, std::string_view a, std::string_view b) {
    return suggest(base, a, b).value_or(none);
}

TEST(Suggest, TakesBothChangesWhenTheyDoNotTouch) {
    struct Row {
        const char* name;
        const char *base, *a, *b, *merged;
    };
    const Row rows[] = {
        {"two sentences, one each", "屋顶漏雨。老人住院。", "屋顶已修。老人住院。", "屋顶漏雨。老人出院。",
         "屋顶已修。老人出院。"},
        {"the same sentence in two ways", "屋顶漏雨。", "屋顶已修。", "屋顶漏雨严重。", none},
        {"the same change", "屋顶漏雨。老人住院。", "屋顶已修。老人住院。", "屋顶已修。老人住院。",
         "屋顶已修。老人住院。"},
        {"one changed nothing", "一。二。", "一。二。", "一。三。", "一。三。"},
        {"one adds, one changes elsewhere", "一。二。三。", "零。一。二。三。", "一。二。四。", "零。一。二。四。"},
        {"both add at one place", "一。", "一。二。", "一。三。", none},
        {"both add the same", "一。", "一。二。", "一。二。", "一。二。"},
        {"an addition beside a change", "一。二。", "一。加。二。", "改。二。", none},
        {"one takes out what the other changed", "一。二。三。", "一。三。", "一。改。三。", none},
        {"one takes out, one changes elsewhere", "一。二。三。", "二。三。", "一。二。改。", "二。改。"},
        {"both take out the same", "一。二。三。", "一。三。", "一。三。", "一。三。"},
        {"every sentence end", "一！二？三；四\n五", "甲！二？三；四\n五", "一！二？三；丁\n戊", "甲！二？三；丁\n戊"},
        {"English", "Roof leaks. Old man ill. v1.2 ok", "Roof mended. Old man ill. v1.2 ok",
         "Roof leaks. Old man well. v1.2 ok", "Roof mended. Old man well. v1.2 ok"},
        {"a number is no sentence end", "3.5 m", "3.6 m", "4.5 m", none},
        {"no end at all", "屋顶", "屋", "顶", none},
        {"from nothing", "", "一。", "", "一。"},
        {"from nothing, in two ways", "", "一。", "二。", none},
        {"to nothing", "一。二。", "", "一。二。", ""},
        {"repeated sentences", "一。一。一。", "一。一。", "一。一。一。二。", none},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(suggestion(row.base, row.a, row.b), row.merged) << row.name;
        EXPECT_EQ(suggestion(row.base, row.b, row.a), row.merged) << row.name << ", the other way round";
    }
}

std::vector<std::string> any_text(Random& random, const std::vector<std::string>& from) {
    std::vector<std::string> out;
    for (const std::string& sentence : from) {
        if (random.chance(10)) out.push_back(std::to_string(random.below(5)) + "。");
        if (random.chance(10)) continue;
        out.push_back(random.chance(10) ? std::to_string(random.below(5)) + "。" : sentence);
    }
    return out;
}

std::string joined(const std::vector<std::string>& sentences) {
    std::string out;
    for (const std::string& sentence : sentences) out += sentence;
    return out;
}

TEST(Suggest, IsSymmetricAndWeavesNothing) {
    const Seeds range = seeds(3000);
    std::uint64_t made = 0;
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        std::vector<std::string> base;
        for (std::uint64_t n = random.below(12); n > 0; --n) base.push_back(std::to_string(random.below(6)) + "。");
        const auto a = any_text(random, base), b = any_text(random, base);
        const std::string base_text = joined(base), a_text = joined(a), b_text = joined(b);
        ASSERT_EQ(suggestion(base_text, a_text, base_text), a_text) << replay(seed);
        ASSERT_EQ(suggestion(base_text, base_text, b_text), b_text) << replay(seed);
        const auto merged = suggest(base_text, a_text, b_text);
        ASSERT_EQ(merged, suggest(base_text, b_text, a_text)) << replay(seed);
        if (!merged) continue;
        ++made;
        std::set<std::string> known(a.begin(), a.end());
        known.insert(b.begin(), b.end());
        std::string sentence;
        for (const char c : *merged) {
            sentence += c;
            if (sentence.size() < 3 || sentence.substr(sentence.size() - 3) != "。") continue;
            ASSERT_EQ(known.count(sentence), 1U) << replay(seed) << " " << sentence;
            sentence.clear();
        }
        ASSERT_TRUE(sentence.empty());
    }
    EXPECT_GT(made, range.share_of(100));
}

TEST(Suggest, GivesUpBeyondItsLimit) {
    std::string base, far, near;
    for (std::size_t i = 0; i < limits::suggest_edits_max; ++i) {
        base += std::to_string(i) + "。";
        if (i % 2 == 0) far += "改" + std::to_string(i) + "。";
        if (i % 2 == 1) far += std::to_string(i) + "。";
    }
    near = base + "末。";
    EXPECT_EQ(suggestion(base, far, far), far) << "512 edits: half are taken out, half put in";
    EXPECT_EQ(suggestion(base, far + "多。", near), none) << "513";
    EXPECT_EQ(suggestion(base, near, far + "多。"), none) << "513 on the other side";
}

TEST(Suggest, ThreeLongestTextsOfShortestSentencesAreBounded) {
    std::string base, a, b;
    for (std::size_t i = 0; i + 4 <= limits::value_bytes_max; i += 4) {
        base += std::string(1, static_cast<char>('a' + i % 3)) + "。";
        a += std::string(1, static_cast<char>('d' + i % 5)) + "。";
        b += std::string(1, static_cast<char>('a' + i % 7)) + "。";
    }
    EXPECT_EQ(suggestion(base, a, b), none);
    EXPECT_EQ(suggestion(base, base + "尾。", "头。" + base), "头。" + base + "尾。");
}

}  // namespace
}  // namespace doorstep::test
