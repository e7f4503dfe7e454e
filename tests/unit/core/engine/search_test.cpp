// Search: complete before, during and after the index catches up; text that went is gone.
#include "core/engine/queries_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/base/limits.hpp"
#include "core/store/search_text.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

/// Every card of every page.
std::vector<RecordId> found(Phone& phone, std::string_view query, std::size_t rows_max = 50) {
    std::vector<RecordId> out;
    PageRequest request{rows_max, {}};
    do {
        const Page page = must(phone.search(query, request));
        EXPECT_LE(page.cards.size(), rows_max);
        for (const Card& card : page.cards) out.push_back(card.record);
        request.after = page.next;
    } while (!request.after.empty());
    return out;
}

void catch_up(Phone& phone) {
    while (must(phone.index_some(1)).state == Indexing::State::more) {
    }
}

std::vector<RecordId> newest_first(std::vector<RecordId> ids) {
    std::sort(ids.begin(), ids.end(), [](const RecordId& a, const RecordId& b) { return b < a; });
    return ids;
}

TEST(Search, WordsOfOneTwoAndMoreCharacters) {
    World world;
    Handset& phone = world.add("li", {village});
    const RecordId roof = save(world, phone, new_household(village, "屋顶漏雨，盼修缮")),
                   wall = save(world, phone, new_household(village, "墙体开裂，雨天漏水 WiFi 13812345678"));
    save(world, phone, add_need(roof, "维修"));
    save(world, phone, add_note(wall, "已电话联系Ａ栋"));
    struct Row {
        const char* query;
        std::vector<RecordId> expected;
    };
    const Row rows[] = {{"漏", {wall, roof}},  {"漏雨", {roof}},  {"屋顶漏雨", {roof}},
                        {"漏雨 维修", {roof}}, {"wifi", {wall}},  {"ＷＩＦＩ", {wall}},
                        {"2345", {wall}},      {"a栋", {wall}},   {"雨漏", {}},
                        {"漏雨 墙体", {}},     {"修 雨", {roof}}, {"", {}},
                        {" 　", {}},           {"%", {}},         {"漏* OR 雨", {}},
                        {"雨天漏", {wall}}};
    for (int caught_up = 0; caught_up < 2; ++caught_up) {
        for (const Row& row : rows)
            for (const std::size_t rows_max : {std::size_t{1}, std::size_t{50}})
                EXPECT_EQ(found(*phone.phone, row.query, rows_max), row.expected) << row.query << " " << caught_up;
        catch_up(*phone.phone);
    }
    EXPECT_EQ(outcome(phone->search(std::string("a\0", 2), {})), "invalid_utf8");
    EXPECT_EQ(outcome(phone->search("\xff", {})), "invalid_utf8");
    EXPECT_EQ(outcome(phone->search(std::string(65'536, 'x'), {})), "invalid_argument");
    EXPECT_EQ(outcome(phone->search("x", {0, {}})), "invalid_argument");
    EXPECT_EQ(outcome(phone->search("x", {1, "short"})), "malformed");
}

TEST(Search, OneCallReadsNoMoreThanItsLimit) {
    World world;
    Handset& phone = world.add("li", {village});
    const RecordId rare = save(world, phone, new_household(village, "罕见"));
    for (std::size_t made = 0; made < limits::search_read_max; made += 500)
        must(phone->save(std::vector<RecordEdit>(500, new_household(village, "常见")), world.now_ms()));
    const Page first = must(phone->search("罕见", {}));  // nothing is indexed: every record is read
    EXPECT_TRUE(first.cards.empty());
    ASSERT_FALSE(first.next.empty());
    const Page second = must(phone->search("罕见", {50, first.next}));
    ASSERT_EQ(second.cards.size(), 1U);
    EXPECT_EQ(second.cards.front().record, rare);
    EXPECT_TRUE(second.next.empty());
    catch_up(*phone.phone);
    EXPECT_EQ(must(phone->search("罕见", {})).cards.size(), 1U);
}

TEST(Search, TextThatWentLeavesTheIndex) {
    World world;
    Handset& phone = world.add("li", {village});
    const RecordId id = save(world, phone, new_household(village, "旧事"));
    save(world, phone, new_household(village, "别的"));
    catch_up(*phone.phone);
    world.close(phone);
    Store store = must(Store::open(world.options_of(phone)));
    const auto stored = [&](const char* sql) { return must(store.database().number(sql)); };
    EXPECT_GT(stored("SELECT count(*) FROM search_chunk"), 0);
    {
        auto transaction = must(Transaction::begin(store.database()));
        ASSERT_TRUE(succeeds(forget_words(store, {id, must(store.stream_no(stream(village)))})));
        ASSERT_TRUE(succeeds(transaction.commit()));
    }
    EXPECT_EQ(stored("SELECT count(*) FROM search_chunk"), 0);
    EXPECT_EQ(must(search(store, "旧事", {})).cards.size(), 1U) << "what remains is still found";
}

/// The index against reading every record, whatever was saved, synced, indexed and reopened in between.
TEST(SearchProperty, FindsWhatReadingEverythingFinds) {
    const Seeds range = seeds(8);
    const std::vector<std::string> alphabet = {"屋", "顶", "漏", "雨", "a", "B", "1", " ", "，"};
    const auto any_text = [&](Random& random, std::uint64_t characters_max) {
        std::string out = random.pick(alphabet);
        for (std::uint64_t n = random.below(characters_max); n > 0; --n) out += random.pick(alphabet);
        return out;
    };
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        World world;
        Handset &li = world.add("li", {village}), &wang = world.add("wang", {village});
        std::vector<RecordId> ids;
        for (int n = 0; n < 60; ++n) {
            Handset& who = random.chance(50) ? li : wang;
            if (random.chance(20))
                must(who->save(std::vector<RecordEdit>(20, new_household(village, any_text(random, 8))),
                               world.now_ms()));
            ids.push_back(save(world, who, new_household(village, "x" + any_text(random, 8))));
            const RecordId& id = random.pick(ids);
            if (who->read(id)) save(world, who, set_text(id, field::summary, "x" + any_text(random, 8)));
            if (random.chance(20)) {
                ASSERT_TRUE(succeeds(world.sync_all()));
            }
            if (random.chance(30)) must(li->index_some(random.below(200)));
            if (random.chance(10)) world.reopen(li);
            if (!random.chance(20)) continue;
            const std::string query = any_text(random, 3);
            const SearchWords words = must(SearchWords::parse(query));
            std::vector<RecordId> expected;
            for (const RecordView& view : must(li->list(0, 100'000))) {
                std::string folded;
                for (const FieldView& one : view.fields)
                    for (const ValueView& value : one.values) {
                        folded.push_back(' ');
                        fold_text(value.value.as_text(), folded);
                    }
                if (!words.words.empty() && words.match(folded)) expected.push_back(view.record);
            }
            EXPECT_EQ(found(*li.phone, query, 1 + static_cast<std::size_t>(random.below(40))), newest_first(expected))
                << query;
        }
        catch_up(*li.phone);
        world.close(li);
        Store store = must(Store::open(world.options_of(li)));
        EXPECT_TRUE(succeeds(check_search(store)));
    }
}

TEST(Search, ADamagedIndexIsNoticed) {
    World world;
    Handset& phone = world.add("li", {village});
    save(world, phone, new_household(village, "屋顶漏雨"));
    catch_up(*phone.phone);
    world.close(phone);
    Store store = must(Store::open(world.options_of(phone)));
    EXPECT_TRUE(succeeds(check_search(store)));
    ASSERT_TRUE(succeeds(store.database().execute("UPDATE search_chunk SET bytes = substr(bytes, 1, 3)")));
    EXPECT_EQ(outcome(check_search(store)), "corrupt");
}

}  // namespace
}  // namespace doorstep::test
