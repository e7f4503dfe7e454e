// The projection: numbers for records, and the index of places.
#include "core/store/projection_near.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/scratch.hpp"

namespace doorstep::test {
namespace {

Store open_store(const Scratch& scratch) {
    DatabaseOptions options;
    options.path = scratch.path("projection.db");
    options.mode = OpenMode::create;
    options.durability = Durability::normal;
    return must(Store::open(options));
}

Value::Position position(std::int64_t latitude_e6, std::int64_t longitude_e6) { return {latitude_e6, longitude_e6}; }

/// A time-ordered id whose leading 8 bytes are `head` and whose last byte is `tail`.
RecordId id_with(std::uint64_t head, int tail) {
    Bytes bytes;
    Writer(bytes).u64(head);
    bytes.append(7, '\0').push_back(static_cast<char>(tail));
    return must(RecordId::from(bytes));
}

TEST(Projection, TheSlotOfAnIdGoesWithItsTime) {
    EXPECT_LT(slot_of(id_with(1'000 << 16, 0)), slot_of(id_with(1'001 << 16, 0)));
    EXPECT_EQ(slot_of(id_with(~std::uint64_t{0}, 0)), after_every_row - 1);
    EXPECT_EQ(slot_of(id_with(0, 9)), 0);
}

TEST(Projection, RecordsOfOneSlotKeepNumbersOfTheirOwn) {
    const Scratch scratch;
    Store store = open_store(scratch);
    Projection projection(store.database());
    struct Row {
        const char* name;
        std::uint64_t head;
    };
    // The last of a millisecond, the last of all, and the first of all: a forger may choose any.
    const Row rows[] = {{"in the middle", 1'000'000 << 16},
                        {"the last of its millisecond", (1'000'001 << 16) - 1},
                        {"the greatest", ~std::uint64_t{0}},
                        {"the smallest", 0}};
    std::vector<std::pair<RecordId, RowNo>> given;
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        for (int tail = 0; tail < 5; ++tail)
            for (const StreamNo stream : {1, 2}) ASSERT_TRUE(projection.put(id_with(row.head, tail), stream, {}));
        std::vector<RowNo> numbers;
        for (int tail = 0; tail < 5; ++tail)
            for (const StreamNo stream : {1, 2}) {
                const auto no = must(projection.number_of(id_with(row.head, tail), stream));
                ASSERT_TRUE(no);
                numbers.push_back(*no);
                EXPECT_EQ(must(projection.find(*no))->record, id_with(row.head, tail));
            }
        std::sort(numbers.begin(), numbers.end());
        EXPECT_EQ(std::unique(numbers.begin(), numbers.end()), numbers.end());
    }
}

TEST(Projection, WrittenAgainAtAnyOrderTheBytesAreTheSame) {
    const Scratch scratch;
    Store store = open_store(scratch);
    Projection projection(store.database());
    std::vector<RecordId> ids;
    for (int tail = 9; tail >= 0; --tail) ids.push_back(id_with(5 << 16, tail));
    Columns columns;
    columns.type = 3;
    columns.position = position(31'000'000, 120'000'000);
    for (const RecordId& id : ids) ASSERT_TRUE(projection.put(id, 1, columns));
    const Hash before = must(projection.fingerprint());
    std::reverse(ids.begin(), ids.end());
    ASSERT_TRUE(projection.clear());
    for (const RecordId& id : ids) ASSERT_TRUE(projection.put_again(id, 1, columns));
    EXPECT_EQ(must(projection.fingerprint()), before);
    columns.position->latitude_e6 += 1;
    ASSERT_TRUE(projection.put(ids.front(), 1, columns));
    EXPECT_NE(must(projection.fingerprint()), before);
}

TEST(Projection, APlaceHoldsItsPosition) {
    for (const Value::Position& p : {position(-90'000'000, -180'000'000), position(90'000'000, 180'000'000),
                                     position(0, 0), position(31'307'156, 120'875'294)}) {
        const Value::Position back = position_of(place_of(p));
        EXPECT_EQ(back.latitude_e6, p.latitude_e6);
        EXPECT_EQ(back.longitude_e6, p.longitude_e6);
    }
}

TEST(Near, DistancesArePublishedOnes) {
    // One degree of latitude on a sphere of radius 6,371,008.8 m: pi / 180 x radius.
    EXPECT_NEAR(metres_between(position(0, 0), position(1'000'000, 0)), 111'195.08, 0.01);
    EXPECT_NEAR(metres_between(position(0, 179'500'000), position(0, -179'500'000)), 111'195.08, 0.01);
    EXPECT_NEAR(metres_between(position(90'000'000, 0), position(-90'000'000, 0)), 20'015'114.4, 1);
}

/// The same answer by looking at every row.
std::vector<RowNo> by_looking(const std::vector<std::pair<RowNo, Value::Position>>& rows, const Value::Position& from,
                              double radius, std::size_t rows_max) {
    std::vector<std::pair<double, RowNo>> all;
    for (const auto& [no, at] : rows)
        if (metres_between(from, at) <= radius) all.push_back({metres_between(from, at), -no});
    std::sort(all.begin(), all.end());
    if (all.size() > rows_max) all.resize(rows_max);
    std::vector<RowNo> out;
    for (const auto& [metres, minus_no] : all) out.push_back(-minus_no);
    return out;
}

TEST(NearProperty, IsWhatLookingAtEveryRowFinds) {
    const Seeds range = seeds(30);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        const Scratch scratch;
        Store store = open_store(scratch);
        Projection projection(store.database());
        // A village, a crowd on one spot, the antimeridian and the pole.
        const std::vector<Value::Position> centres = {position(31'300'000, 120'800'000), position(0, 180'000'000),
                                                      position(89'900'000, 5'000'000)};
        std::vector<std::pair<RowNo, Value::Position>> rows;
        auto transaction = must(Transaction::begin(store.database()));
        for (int n = 0; n < 400; ++n) {
            const Value::Position& centre = random.pick(centres);
            const std::int64_t spread = random.chance(30) ? 1 : 90'000;
            const auto aside = [&] {
                return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spread)));
            };
            Columns columns;
            std::int64_t longitude = centre.longitude_e6 + aside() - spread / 2;
            if (longitude > 180'000'000) longitude -= 360'000'000;
            columns.position = position(centre.latitude_e6 + aside(), longitude);
            const RecordId id = id_with(static_cast<std::uint64_t>(n + 1) << 16, 0);
            ASSERT_TRUE(projection.put(id, 1, columns));
            rows.emplace_back(slot_of(id), *columns.position);
        }
        ASSERT_TRUE(transaction.commit());
        for (const std::size_t rows_max : {std::size_t{1}, std::size_t{7}, std::size_t{500}})
            for (const double radius : {1.0, 3'000.0, 2e7}) {
                const Value::Position& from = random.pick(centres);
                std::vector<RowNo> found;
                for (const NearRow& row : must(nearest_rows(projection, from, radius, rows_max)))
                    found.push_back(row.no);
                EXPECT_EQ(found, by_looking(rows, from, radius, rows_max)) << rows_max << " within " << radius;
            }
    }
}

}  // namespace
}  // namespace doorstep::test
