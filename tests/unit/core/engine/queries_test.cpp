// Lists in pages, reminders, the nearest, where own words stand, and that the projection is derived.
#include "core/engine/queries.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/base/limits.hpp"
#include "core/engine/queries_columns.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

constexpr std::uint32_t visit = 3, position_field = 6, household_link = 16;

FieldEdit value_edit(std::uint32_t field, Value value) {
    return {field, Kind::value, Op::Action::put, std::move(value), {}};
}

RecordEdit new_record(std::uint32_t type, std::string_view area_text, std::vector<FieldEdit> fields) {
    RecordEdit edit;
    edit.type = type;
    edit.home = stream(area_text);
    edit.fields = std::move(fields);
    if (edit.fields.empty()) edit.fields.push_back(value_edit(field::summary, text("words")));
    return edit;
}

RecordEdit change(const RecordId& record, std::uint32_t type, FieldEdit field) { return {record, type, {}, {field}}; }

std::vector<RecordId> ids_of(const Page& page) {
    std::vector<RecordId> out;
    for (const Card& card : page.cards) out.push_back(card.record);
    return out;
}

/// Every page, one after the other, `rows_max` rows each.
template <class List>
std::vector<RecordId> all_pages(std::size_t rows_max, const List& list) {
    std::vector<RecordId> out;
    PageRequest request{rows_max, {}};
    do {
        const Page page = must(list(request));
        EXPECT_LE(page.cards.size(), rows_max);
        for (const Card& card : page.cards) out.push_back(card.record);
        request.after = page.next;
    } while (!request.after.empty());
    return out;
}

std::vector<RecordId> newest_first(std::vector<RecordId> ids) {
    std::sort(ids.begin(), ids.end(), [](const RecordId& a, const RecordId& b) { return b < a; });
    return ids;
}

TEST(ListArea, ASubtreeInPagesOfAnySize) {
    World world;
    Handset& phone = world.add("li", {county});
    struct Row {
        std::string_view area_text;
        std::uint32_t type;
    };
    const std::vector<Row> kinds = {
        {village, household}, {village, visit}, {other_village, visit}, {far_village, visit}};
    std::vector<std::pair<Row, RecordId>> made;
    for (int n = 0; n < 40; ++n) {
        const Row& row = kinds[static_cast<std::size_t>(n) % kinds.size()];
        made.emplace_back(row, save(world, phone, new_record(row.type, row.area_text, {})));
    }
    for (const std::string_view within : {county, town, village, other_town, far_village})
        for (const std::uint32_t type : {0U, household, visit, issue})
            for (const std::size_t rows_max : {std::size_t{1}, std::size_t{3}, std::size_t{500}}) {
                std::vector<RecordId> expected;
                for (const auto& [row, id] : made)
                    if (area(within).contains(area(row.area_text)) && (type == 0 || type == row.type))
                        expected.push_back(id);
                EXPECT_EQ(
                    all_pages(rows_max, [&](const PageRequest& r) { return phone->list_area(area(within), type, r); }),
                    newest_first(expected))
                    << within << " type " << type << " by " << rows_max;
            }
}

TEST(ListArea, LimitsAndCursorsThatNoPageGave) {
    World world;
    Handset& phone = world.add("li", {village});
    struct Row {
        const char* name;
        PageRequest request;
        const char* expected;
    };
    const Row rows[] = {{"no rows", {0, {}}, "invalid_argument"},
                        {"one row", {1, {}}, "ok"},
                        {"the limit", {limits::list_rows_max, {}}, "ok"},
                        {"one over the limit", {limits::list_rows_max + 1, {}}, "invalid_argument"},
                        {"a short cursor", {1, Bytes(7, '\0')}, "malformed"},
                        {"a long cursor", {1, Bytes(9, '\0')}, "malformed"},
                        {"64 KiB of cursor", {1, Bytes(65'536, 'x')}, "malformed"},
                        {"the smallest number", {1, Bytes("\x80\0\0\0\0\0\0\0", 8)}, "ok"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(outcome(phone->list_area(area(village), 0, row.request)), row.expected);
        EXPECT_EQ(outcome(phone->list_household(record(1), row.request)), row.expected);
        EXPECT_EQ(outcome(phone->list_conflicts(row.request)), row.expected);
        EXPECT_EQ(outcome(phone->list_only_here(row.request)), row.expected);
    }
}

TEST(ListProperty, PagesHaveNoGapAndNoRepeatWhileOthersSave) {
    const Seeds range = seeds(10);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        World world;
        Handset& phone = world.add("li", {county});
        const std::vector<std::string_view> places = {village, other_village, far_village};
        std::vector<RecordId> before;
        for (int n = 0; n < 30; ++n) before.push_back(save(world, phone, new_record(visit, random.pick(places), {})));
        std::set<RecordId> seen;
        PageRequest request{static_cast<std::size_t>(1 + random.below(4)), {}};
        do {
            const Page page = must(phone->list_area(area(county), random.chance(50) ? 0 : visit, request));
            for (const Card& card : page.cards) EXPECT_TRUE(seen.insert(card.record).second) << "twice";
            if (random.chance(50)) save(world, phone, new_record(visit, random.pick(places), {}));
            if (random.chance(50))
                must(phone->save({change(random.pick(before), visit, value_edit(field::summary, text("again")))},
                                 world.now_ms()));
            request.after = page.next;
        } while (!request.after.empty());
        for (const RecordId& id : before) EXPECT_EQ(seen.count(id), 1U) << "missing";
    }
}

TEST(ListHousehold, ThoseThatNameItNow) {
    World world;
    Handset& phone = world.add("li", {village});
    const RecordId home = save(world, phone, new_household(village, "home")),
                   other = save(world, phone, new_household(village, "other"));
    std::vector<RecordId> visits;
    for (int n = 0; n < 5; ++n)
        visits.push_back(
            save(world, phone, new_record(visit, village, {value_edit(household_link, Value::record(home))})));
    const auto list = [&](const RecordId& household_id) {
        return all_pages(2, [&](const PageRequest& r) { return phone->list_household(household_id, r); });
    };
    EXPECT_EQ(list(home), newest_first(visits));
    must(phone->save({change(visits[2], visit, value_edit(household_link, Value::record(other)))}, world.now_ms()));
    EXPECT_EQ(list(other), std::vector<RecordId>{visits[2]});
    visits.erase(visits.begin() + 2);
    EXPECT_EQ(list(home), newest_first(visits));
    RecordId forged = home;  // the same slot, another id
    forged.bytes.back() = static_cast<char>(forged.bytes.back() + 1);
    EXPECT_TRUE(list(forged).empty());
}

TEST(ListDue, UpToTheDayAndUntilCleared) {
    World world;
    Handset& phone = world.add("li", {village});
    const auto promise = [&](std::int64_t day) {
        return save(world, phone, new_record(visit, village, {value_edit(field::follow_up_on, Value::date(day))}));
    };
    const RecordId late = promise(20'002), early = promise(20'000), same = promise(20'000), before_1970 = promise(-3);
    const auto due = [&](std::int64_t day) {
        return all_pages(1, [&](const PageRequest& r) { return phone->list_due(day, r); });
    };
    EXPECT_EQ(due(19'999), std::vector<RecordId>{before_1970});
    EXPECT_EQ(due(20'000), (std::vector<RecordId>{before_1970, early, same}));
    EXPECT_EQ(due(20'001), due(20'000));
    EXPECT_EQ(due(INT64_MAX), (std::vector<RecordId>{before_1970, early, same, late}));
    must(phone->save({change(early, visit, value_edit(field::follow_up_on, Value::cleared()))}, world.now_ms()));
    EXPECT_EQ(due(20'002), (std::vector<RecordId>{before_1970, same, late}));
    EXPECT_EQ(outcome(phone->list_due(1, {1, Bytes(8, '\0')})), "malformed");
}

TEST(ListNearest, TheNearestFirstWithinTheRadius) {
    World world;
    Handset& phone = world.add("li", {village});
    const auto at = [&](std::int64_t latitude_e6, std::int64_t longitude_e6) {
        return save(
            world, phone,
            new_record(visit, village, {value_edit(position_field, must(Value::position(latitude_e6, longitude_e6)))}));
    };
    const RecordId far = at(33'200'000, 115'600'000), near = at(33'100'100, 115'600'000),
                   here = at(33'100'000, 115'600'000);
    const Value::Position from{33'100'000, 115'600'000};
    std::vector<RecordId> found;
    for (const NearCard& near_card : must(phone->list_nearest(from, 50'000, 10)))
        found.push_back(near_card.card.record);
    EXPECT_EQ(found, (std::vector<RecordId>{here, near, far}));
    const auto close = must(phone->list_nearest(from, 100, 10));
    ASSERT_EQ(close.size(), 2U);
    EXPECT_NEAR(close[1].metres, 11.12, 0.01);
    for (const double radius :
         {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
        EXPECT_EQ(outcome(phone->list_nearest(from, radius, 10)), "invalid_argument");
    EXPECT_EQ(outcome(phone->list_nearest(from, 1, 0)), "invalid_argument");
    EXPECT_EQ(outcome(phone->list_nearest(from, 1, limits::list_rows_max + 1)), "invalid_argument");
}

TEST(ListConflicts, UntilSettled) {
    World world;
    Handset &li = world.add("li", {village}), &wang = world.add("wang", {village});
    const RecordId id = save(world, li, new_household(village, "first"));
    ASSERT_TRUE(succeeds(world.sync_all()));
    save(world, li, set_text(id, field::summary, "of Li"));
    save(world, wang, set_text(id, field::summary, "of Wang"));
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_EQ(ids_of(must(wang->list_conflicts({}))), std::vector<RecordId>{id});
    const RecordView seen = must(wang->read(id));
    save(world, wang, set_text(id, field::summary, "of both", all_dots(seen, field::summary)));
    EXPECT_TRUE(must(wang->list_conflicts({})).cards.empty());
}

TEST(Deliveries, FromHereToTheBackup) {
    World world;
    Handset &li = world.add("li", {village}), &wang = world.add("wang", {village});
    const RecordId first = save(world, li, new_household(village, "first"));
    const auto of = [&](Handset& phone, const RecordId& id) { return must(phone->deliveries({id})).front(); };
    EXPECT_EQ(of(li, first), Delivery::only_here);
    EXPECT_EQ(ids_of(must(li->list_only_here({}))), std::vector<RecordId>{first});
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_EQ(of(li, first), Delivery::received);
    EXPECT_EQ(of(wang, first), Delivery::not_own);
    EXPECT_TRUE(must(li->list_only_here({})).cards.empty());
    ASSERT_TRUE(succeeds(world.hub().store().back_up(world.path("backup.db"), storage_key(1))));
    ASSERT_TRUE(succeeds(world.sync(li)));
    EXPECT_EQ(of(li, first), Delivery::backed_up);
    const RecordId second = save(world, li, new_household(village, "second"));
    save(world, li, add_need(first, "repair"));
    EXPECT_EQ(must(li->deliveries({first, second, record(1)})),
              (std::vector<Delivery>{Delivery::only_here, Delivery::only_here, Delivery::not_own}));
    EXPECT_EQ(all_pages(1, [&](const PageRequest& r) { return li->list_only_here(r); }), newest_first({first, second}));
}

TEST(Deliveries, AHeldPartIsNamed) {
    World world;
    Handset& li = world.add("li", {county});
    const RecordId id = save(world, li, new_household(far_village, "outside"));
    li.grant.areas = {area(village)};  // the office narrowed the grant meanwhile
    ASSERT_TRUE(succeeds(world.sync(li)));
    EXPECT_EQ(must(li->deliveries({id})).front(), Delivery::held);
}

TEST(Projected, RebuiltAfterAnyHistoryTheBytesAreTheSame) {
    const Seeds range = seeds(10);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        World world;
        Handset &li = world.add("li", {county}), &wang = world.add("wang", {county});
        std::vector<RecordId> ids;
        for (int n = 0; n < 40; ++n) {
            Handset& who = random.chance(50) ? li : wang;
            if (ids.empty() || random.chance(40)) {
                ids.push_back(save(world, who, new_record(visit, random.chance(50) ? village : other_village, {})));
                ASSERT_TRUE(succeeds(world.sync_all()));
            }
            const std::vector<FieldEdit> edits = {
                value_edit(field::follow_up_on, random.chance(30) ? Value::cleared() : Value::date(n)),
                value_edit(position_field, must(Value::position(n, n))),
                value_edit(household_link, Value::record(random.pick(ids))),
                value_edit(field::summary, text("text " + std::to_string(n)))};
            must(who->save({change(random.pick(ids), visit, random.pick(edits))}, world.now_ms()));
            if (random.chance(20)) {
                ASSERT_TRUE(succeeds(world.sync_all()));
            }
        }
        ASSERT_TRUE(succeeds(world.sync_all()));
        Store& store = world.hub().store();
        const Hash before = must(Projection(store.database()).fingerprint());
        auto transaction = must(Transaction::begin(store.database()));
        ASSERT_TRUE(succeeds(rebuild_projection(store)));
        ASSERT_TRUE(succeeds(transaction.commit()));
        EXPECT_EQ(must(Projection(store.database()).fingerprint()), before);
    }
}

}  // namespace
}  // namespace doorstep::test
