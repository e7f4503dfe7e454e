// The indexes that are made late: every list is what looking at all rows finds, whatever waits.
#include "core/store/projection_late.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/base/limits.hpp"
#include "core/store/projection_near.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/scratch.hpp"

namespace doorstep::test {
namespace {

class Late : public testing::Test {
protected:
    Late() { open_fresh(); }
    void open_fresh() {
        DatabaseOptions options;
        options.path = scratch.path("late" + std::to_string(++files) + ".db");
        options.mode = OpenMode::create;
        options.durability = Durability::normal;
        store.emplace(must(Store::open(options)));
    }
    Database& db() { return store->database(); }
    std::int64_t number(std::string_view sql) { return must(db().number(sql)); }

    static RecordId id(std::uint64_t n) {
        Bytes bytes;
        Writer(bytes).u64(n << 16);
        bytes.append(8, '\0');
        return must(RecordId::from(bytes));
    }
    void put(std::uint64_t n, const Columns& columns) { must(Projection(db()).put(id(n), 1, columns)); }
    /// One transaction that writes these.
    void put_all(const std::vector<std::uint64_t>& all) {
        Transaction transaction = must(Transaction::begin(db()));
        for (const std::uint64_t n : all) put(n, on_day(1));
        must(transaction.commit());
    }
    static Columns on_day(std::int64_t day) {
        Columns out;
        out.follow_up_day = day;
        return out;
    }
    std::size_t settle(std::size_t rows_max) {
        Transaction transaction = must(Transaction::begin(db()));
        const std::size_t settled = must(LateColumns(db()).settle(rows_max));
        must(transaction.commit());
        return settled;
    }

    Scratch scratch;
    int files = 0;
    std::optional<Store> store;
};

using LateProperty = Late;

TEST_F(LateProperty, ListsAreWhatLookingAtEveryRowFinds) {
    const Seeds range = seeds(40);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        open_fresh();
        std::optional<Transaction> transaction(must(Transaction::begin(db())));
        std::map<RowNo, Columns> rows;
        for (int step = 0; step < 120; ++step) {
            if (random.chance(25)) {
                must(transaction->commit());
                transaction.reset();
                settle(random.below(30));
                transaction.emplace(must(Transaction::begin(db())));
            }
            Columns columns;
            columns.type = 1 + static_cast<std::uint32_t>(random.below(2));
            if (random.chance(60)) columns.household = id(1000 + random.below(3));
            if (random.chance(60)) columns.follow_up_day = static_cast<std::int64_t>(random.below(5));
            if (random.chance(60)) columns.position = {static_cast<std::int64_t>(random.below(3)) * 100, 0};
            const std::uint64_t n = 1 + random.below(40);
            put(n, columns);
            rows[slot_of(id(n))] = columns;
        }
        must(transaction->commit());
        transaction.reset();
        must(LateColumns(db()).check());
        const std::size_t rows_max = 1 + random.below(20);
        Projection projection(db());
        std::vector<RowNo> household;
        std::vector<std::pair<std::int64_t, RowNo>> due;
        std::vector<std::pair<double, RowNo>> near;
        const RowNo below = slot_of(id(1 + random.below(45)));
        const RecordId home = id(1000 + random.below(3));
        for (const auto& [no, columns] : rows) {
            if (columns.household == home && no < below) household.insert(household.begin(), no);
            if (columns.follow_up_day && *columns.follow_up_day <= 3) due.emplace_back(*columns.follow_up_day, no);
            if (columns.position) near.emplace_back(metres_between({0, 0}, *columns.position), -no);
        }
        std::sort(due.begin(), due.end());
        std::sort(near.begin(), near.end());
        if (household.size() > rows_max) household.resize(rows_max);
        if (due.size() > rows_max) due.resize(rows_max);
        if (near.size() > rows_max) near.resize(rows_max);
        EXPECT_EQ(must(projection.of_household(slot_of(home), below, rows_max)), household);
        std::vector<std::pair<std::int64_t, RowNo>> due_found;
        for (const Projection::Due& row : must(projection.due(3, {}, rows_max)))
            due_found.emplace_back(row.day, row.no);
        EXPECT_EQ(due_found, due);
        std::vector<std::pair<double, RowNo>> near_found;
        for (const NearRow& row : must(nearest_rows(projection, {0, 0}, 1e6, rows_max)))
            near_found.emplace_back(row.metres, -row.no);
        EXPECT_EQ(near_found, near);
    }
}

TEST_F(Late, ARowThatWaitsIsSeenOnceAndAsItIsNow) {
    put(1, on_day(5));
    put(2, on_day(6));
    EXPECT_EQ(must(LateColumns(db()).waiting_changes()), 2U);
    EXPECT_EQ(settle(100), 2U);
    EXPECT_EQ(settle(100), 0U);
    EXPECT_EQ(must(LateColumns(db()).waiting()).size(), 0U);
    put(1, on_day(9));
    put(1, on_day(7));
    put(2, {});
    EXPECT_EQ(must(LateColumns(db()).waiting()).size(), 2U);
    const auto due = must(Projection(db()).due(100, {}, 10));
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due.front().day, 7);
    EXPECT_EQ(settle(2), 2U);
    EXPECT_EQ(settle(2), 1U);
    EXPECT_EQ(number("SELECT count(*) FROM projection_late"), 1) << "nothing is indexed of a row that says nothing";
    EXPECT_EQ(number("SELECT follow_up FROM projection_late"), 7);
}

TEST_F(Late, ARowOfAStreamThatWentIsNotIndexed) {
    put_all({1, 2, 3});
    EXPECT_EQ(settle(2), 2U);
    Transaction transaction = must(Transaction::begin(db()));
    must(Projection(db()).forget_stream(1));
    must(transaction.commit());
    EXPECT_EQ(must(LateColumns(db()).waiting()).size(), 0U);
    EXPECT_TRUE(must(Projection(db()).due(100, {}, 10)).empty());
    must(LateColumns(db()).check());
    EXPECT_EQ(settle(9), 1U);
    EXPECT_EQ(number("SELECT count(*) FROM projection_late"), 0);
}

TEST_F(Late, AnErasedRowLeavesTheIndexesAtOnce) {
    put_all({1, 2});
    EXPECT_EQ(settle(9), 2U);
    Transaction transaction = must(Transaction::begin(db()));
    must(LateColumns(db()).forget(slot_of(id(1))));
    must(transaction.commit());
    EXPECT_EQ(number("SELECT count(*) FROM projection_late"), 1);
    EXPECT_EQ(must(Projection(db()).due(100, {}, 10)).size(), 2U) << "what it says now is found all the same";
    EXPECT_EQ(settle(9), 1U);
    must(LateColumns(db()).check());
}

TEST_F(Late, TooManyThatWaitAreSettledByTheWriter) {
    put_all({1, 2, 3, 4});
    Transaction transaction = must(Transaction::begin(db()));
    must(LateColumns(db(), 4).settle_overdue());
    EXPECT_EQ(must(LateColumns(db()).waiting_changes()), 4U);
    must(LateColumns(db(), 3).settle_overdue());
    EXPECT_EQ(must(LateColumns(db()).waiting_changes()), 0U);
    must(transaction.commit());
    EXPECT_EQ(number("SELECT count(*) FROM projection_late"), 4);
}

TEST_F(Late, ATransactionThatIsUndoneChangedNothing) {
    put_all({1});
    const std::int64_t before = must(ChangeLog(db()).last());
    {
        Transaction undone = must(Transaction::begin(db()));
        put(2, on_day(1));
    }
    put_all({3});
    EXPECT_EQ(must(ChangeLog(db()).last()), before + 1);
    const auto rows = must(Projection(db()).changed_after(before, 10));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.front().record, id(3));
}

TEST_F(Late, OldChangesGoOnceNobodyNeedsThem) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t n = 1; n <= limits::changes_max; ++n) all.push_back(n);
    for (int i = 0; i < 6; ++i) put_all(all);
    EXPECT_EQ(settle(5000), 5000U) << "the sixth waits";
    EXPECT_EQ(number("SELECT min(change) FROM projection_change"), 3) << "four of them may be asked for";
    EXPECT_EQ(must(ChangeLog(db()).first_known()), 2);
    EXPECT_EQ(settle(5000), 1000U);
    EXPECT_EQ(must(ChangeLog(db()).last()), 6);
    EXPECT_EQ(must(Projection(db()).changed_after(2, 10'000)).size(), limits::changes_max);
    must(ChangeLog(db()).check());
    must(LateColumns(db()).check());
}

}  // namespace
}  // namespace doorstep::test
