// How words are compared, and the blocks of the search index.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "core/base/limits.hpp"
#include "core/store/search_index.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/scratch.hpp"

namespace doorstep::test {
namespace {

std::string folded(std::string_view utf8) {
    std::string out;
    fold_text(utf8, out);
    return out;
}

TEST(SearchText, Folds) {
    struct Row {
        const char *name, *text, *expected;
    };
    const Row rows[] = {{"nothing", "", ""},
                        {"upper case", "Abc-XYZ", "abc-xyz"},
                        {"full width", "ＡＢＣ１２３！～", "abc123!~"},
                        {"full-width blank", "屋顶　漏雨", "屋顶 漏雨"},
                        {"runs of blanks, line ends, tabs", "a \t\r\n b", "a b"},
                        {"leading blank", "  a", "a"},
                        {"the Chinese comma is a wide one", "漏雨，盼修缮。", "漏雨,盼修缮。"},
                        {"half-width katakana stays", "ｱ", "ｱ"},
                        {"beyond U+FF5E stays", "｟", "｟"},
                        {"supplementary planes", "𠮷A", "𠮷a"},
                        {"accents are letters of their own", "É", "É"}};
    for (const Row& row : rows) EXPECT_EQ(folded(row.text), row.expected) << row.name;
}

TEST(SearchWords, ParsesWhatAPersonTypes) {
    const auto words = [](std::string_view query) { return must(SearchWords::parse(query)).words; };
    EXPECT_EQ(words(" 屋顶　漏雨 "), (std::vector<std::string>{"屋顶", "漏雨"}));
    EXPECT_TRUE(words("").empty());
    EXPECT_TRUE(words(" \t　\n").empty());
    // What FTS5 would read as syntax is text here.
    EXPECT_EQ(words("\"a\" OR NEAR(b* -c^)"), (std::vector<std::string>{"\"a\"", "or", "near(b*", "-c^)"}));
    struct Row {
        const char* name;
        std::string query;
        const char* expected;
    };
    std::string eight, nine;
    for (std::size_t n = 0; n < limits::search_words_max; ++n) eight += "w ";
    nine = eight + "w";
    const Row rows[] = {{"bytes one under", std::string(limits::search_bytes_max - 1, 'a'), "ok"},
                        {"bytes at the limit", std::string(limits::search_bytes_max, 'a'), "ok"},
                        {"bytes one over", std::string(limits::search_bytes_max + 1, 'a'), "invalid_argument"},
                        {"64 KiB", std::string(65'536, 'a'), "invalid_argument"},
                        {"words at the limit", eight, "ok"},
                        {"words one over", nine, "invalid_argument"},
                        {"NUL", std::string("a\0b", 3), "invalid_utf8"},
                        {"cut off", "\xe5\xb1", "invalid_utf8"},
                        {"surrogate", "\xed\xa0\x80", "invalid_utf8"},
                        {"overlong", "\xc0\xaf", "invalid_utf8"}};
    for (const Row& row : rows) EXPECT_EQ(outcome(SearchWords::parse(row.query)), row.expected) << row.name;
}

TEST(SearchWords, MatchEveryWordAnywhere) {
    const auto match = [](std::string_view query, std::string_view text) {
        return must(SearchWords::parse(query)).match(folded(text));
    };
    EXPECT_TRUE(match("漏雨", "屋顶漏雨，盼修缮"));
    EXPECT_TRUE(match("漏", "屋顶漏雨"));
    EXPECT_TRUE(match("修缮 屋顶", "屋顶漏雨，盼修缮"));
    EXPECT_FALSE(match("雨漏", "屋顶漏雨"));
    EXPECT_FALSE(match("屋顶 墙", "屋顶漏雨"));
    EXPECT_TRUE(match("ｗｉｆｉ", "装了WiFi6"));
}

/// Texts over a small alphabet, so that pieces are shared: one, two, three and four bytes a character.
std::string any_text(Random& random, std::size_t characters_max) {
    static const std::vector<std::string> alphabet = {"a", "B", "1", "2", " ", "é", "屋", "漏", "，", "Ａ", "　", "𠮷"};
    std::string out;
    for (std::uint64_t n = random.below(characters_max + 1); n > 0; --n) out += random.pick(alphabet);
    return out;
}

TEST(SearchProperty, ATextThatMatchesHoldsEveryToken) {
    const Seeds range = seeds(300);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        const std::string text = folded(any_text(random, 30));
        std::vector<Token> held;
        add_tokens(text, Pieces::all, held);
        const std::set<Token> tokens(held.begin(), held.end());
        for (int n = 0; n < 20; ++n) {
            const SearchWords words = must(SearchWords::parse(any_text(random, 4)));
            if (!words.match(text)) continue;
            for (const Token token : words.tokens) EXPECT_EQ(tokens.count(token), 1U);
        }
    }
}

const SearchChunk& chunk_for(const std::vector<SearchChunk>& chunks, Token token) {
    const auto after = std::upper_bound(chunks.begin(), chunks.end(), token,
                                        [](Token t, const SearchChunk& chunk) { return t < chunk.first; });
    return after == chunks.begin() ? chunks.front() : *(after - 1);
}

TEST(SearchProperty, ABlockKnowsTheTokensOfEachPlace) {
    const Seeds range = seeds(20);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        SearchBlockWriter writer;
        std::map<Token, std::vector<Place>> expected;
        const auto texts = static_cast<Place>(random.below(limits::search_block_rows + 1));
        for (Place place = 0; place < texts; ++place) {
            const std::string text = folded(any_text(random, 40));
            std::vector<Token> tokens;
            add_tokens(text, Pieces::all, tokens);
            std::set<Token> once(tokens.begin(), tokens.end());
            for (const Token token : once) expected[token].push_back(place);
            writer.add(text);
        }
        const std::vector<SearchChunk> chunks = writer.finish();
        for (const auto& [token, places] : expected)
            EXPECT_EQ(must(places_in(chunk_for(chunks, token), token)), places);
        for (int n = 0; n < 100 && !chunks.empty(); ++n) {
            const auto token = static_cast<Token>(random.below(Token{1} << token_bits));
            if (expected.count(token) == 0) {
                EXPECT_TRUE(must(places_in(chunk_for(chunks, token), token)).empty());
            }
        }
    }
}

/// Records by number, as a store would read them.
struct Texts {
    std::map<RecordId, std::string> of;
    ReadText reader() {
        return [this](const ProjectedRow& row, std::string& out) -> Status {
            out += of[row.record];
            return ok();
        };
    }
};

/// Blocks of four records fill, divide, are made again and forgotten, while records come, change and go.
TEST(SearchProperty, OffersEveryRecordThatMatchesOnceAndNewestFirst) {
    const Seeds range = seeds(40);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        const Scratch scratch;
        Store store = must(Store::open({scratch.path("search.db"), {}, OpenMode::create, Durability::normal, {}}));
        Projection projection(store.database());
        SearchIndex index(store.database(), 4);
        Texts texts;
        std::map<RowNo, RecordId> rows;
        for (int n = 0; n < 80; ++n) {
            auto transaction = must(Transaction::begin(store.database()));
            for (std::uint64_t more = random.below(4); more > 0; --more) {
                RecordId id = record(static_cast<int>(random.below(60)));  // sometimes one that is known
                texts.of[id] = folded("x" + any_text(random, 6));
                ASSERT_TRUE(succeeds(projection.put(id, 1 + id.bytes[0] % 3, {})));
                rows[must(projection.number_of(id, 1 + id.bytes[0] % 3)).value()] = id;
            }
            if (random.chance(30)) must(index.make_block(texts.reader()));
            if (random.chance(5) && !rows.empty()) must(index.forget_record(rows.begin()->first));
            if (random.chance(3)) {
                must(index.forget_stream(2));
                must(projection.forget_stream(2));
                for (auto row = rows.begin(); row != rows.end();)
                    row = row->second.bytes[0] % 3 == 1 ? rows.erase(row) : std::next(row);
            }
            ASSERT_TRUE(succeeds(transaction.commit()));
            const SearchWords words = must(SearchWords::parse("x" + any_text(random, 3)));
            const RowNo below = random.chance(50) || rows.empty() ? after_every_row : rows.begin()->first + 100;
            std::vector<RowNo> found, expected, offered;
            must(index.offer(words.tokens, below, [&](RowNo no) -> Result<SearchIndex::Visit> {
                offered.push_back(no);
                if (rows.count(no) == 1 && words.match(texts.of[rows[no]])) found.push_back(no);
                return SearchIndex::Visit::go_on;
            }));
            for (auto row = rows.rbegin(); row != rows.rend(); ++row)
                if (row->first < below && words.match(texts.of[row->second])) expected.push_back(row->first);
            EXPECT_EQ(found, expected);
            EXPECT_TRUE(std::is_sorted(offered.begin(), offered.end(), std::greater<RowNo>()));
            EXPECT_EQ(std::unique(offered.begin(), offered.end()), offered.end());
            EXPECT_TRUE(succeeds(index.check(texts.reader())));
        }
        std::size_t made = 0;
        while (true) {
            auto transaction = must(Transaction::begin(store.database()));
            const std::size_t records = must(index.make_block(texts.reader()));
            ASSERT_TRUE(succeeds(transaction.commit()));
            if (records == 0) break;
            ASSERT_LT(++made, 1000U) << "it does not end";
        }
        EXPECT_TRUE(succeeds(index.check(texts.reader())));
    }
}

TEST(SearchBlock, DamagedBytesAreCorruptAndNeverFollowed) {
    SearchBlockWriter writer;
    for (int n = 0; n < 50; ++n) writer.add("屋顶漏雨 " + std::to_string(n));
    const SearchChunk whole = writer.finish().front();
    Random random(1);
    std::size_t refused = 0;
    for (int n = 0; n < 2000; ++n) {
        SearchChunk damaged = whole;
        damaged.bytes[random.below(damaged.bytes.size())] = static_cast<char>(random.below(256));
        if (random.chance(20)) damaged.bytes.resize(random.below(damaged.bytes.size()));
        const auto places = places_in(damaged, static_cast<Token>(random.below(Token{1} << token_bits)));
        if (!places) {
            EXPECT_EQ(outcome(places), "corrupt");
        }
        refused += places ? 0 : 1;
    }
    EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace doorstep::test
