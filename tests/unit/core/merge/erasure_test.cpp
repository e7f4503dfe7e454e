// What is left of a record when a part that wrote it was erased: whatever the order, and whether or not the part ever
// came, the same state; what it had replaced does not come back, and no conflict appears that nobody made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/merge/conflict.hpp"
#include "core/merge/deletion.hpp"
#include "core/model/erasure.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

struct Write {
    RecordOps ops;
    Dot by;
};

std::vector<std::string> live_texts(const RecordState& state, std::uint32_t field) {
    std::vector<std::string> out;
    for (const FieldState& candidate : state.fields)
        if (candidate.field == field)
            for (const Live& live : candidate.live) out.emplace_back(live.value.as_text());
    std::sort(out.begin(), out.end());
    return out;
}

Write write_of(int replica_n, const Op& op) { return {{record(1), household, {op}}, dot(replica_n, 1)}; }

struct Row {
    const char* name;
    std::vector<Write> others;
    Write erased;
    std::vector<std::string> live;  ///< of the field
};

std::vector<Row> rows() {
    const auto value = [](const char* words, std::vector<Dot> seen = {}) {
        return put(field::summary, Kind::value, text(words), std::move(seen));
    };
    const auto need = [](const char* words) { return put(field::needs, Kind::set, text(words)); };
    const auto line = [](const char* words) { return put(field::notes, Kind::log, text(words)); };
    return {
        {"the present value", {write_of(1, value("a"))}, write_of(2, value("E", {dot(1, 1)})), {}},
        {"the first value", {}, write_of(2, value("E")), {}},
        {"a value in the history",
         {write_of(1, value("a")), write_of(3, value("c", {dot(2, 1)}))},
         write_of(2, value("E", {dot(1, 1)})),
         {"c"}},
        {"one of two alternatives",
         {write_of(1, value("a")), write_of(3, value("c"))},
         write_of(2, value("E", {dot(1, 1)})),
         {"c"}},
        {"the decision on a conflict",
         {write_of(1, value("a")), write_of(3, value("c"))},
         write_of(2, value("E", {dot(1, 1), dot(3, 1)})),
         {}},
        {"an element", {write_of(1, need("a"))}, write_of(2, need("E")), {"a"}},
        {"an element that others added too", {write_of(1, need("E"))}, write_of(2, need("E")), {"E"}},
        {"a line", {write_of(1, line("a"))}, write_of(2, line("E")), {"a"}},
        {"an increment",
         {write_of(1, put(20, Kind::count, Value::integer(2)))},
         write_of(2, put(20, Kind::count, Value::integer(5))),
         {""}},
        {"the greatest",
         {write_of(1, put(21, Kind::max, Value::date(2)))},
         write_of(2, put(21, Kind::max, Value::date(5))),
         {""}},
    };
}

TEST(ErasureMerge, IsTheSameInAnyOrderWithAndWithoutThePart) {
    for (const Row& row : rows()) {
        SCOPED_TRACE(row.name);
        const Write act{stand_in(row.erased.ops, row.erased.by, record(9)), dot(8, 1)};
        std::vector<Write> writes = row.others;
        writes.push_back(act);
        writes.push_back(row.erased);
        std::vector<std::size_t> order(writes.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::optional<Bytes> expected;
        do {
            RecordState state;
            for (const std::size_t i : order) apply(state, writes[i].ops, writes[i].by);
            if (!expected) expected = state.pack();
            EXPECT_EQ(state.pack(), *expected);
        } while (std::next_permutation(order.begin(), order.end()));
        RecordState without;
        for (std::size_t i = 0; i + 1 < writes.size(); ++i) apply(without, writes[i].ops, writes[i].by);
        EXPECT_EQ(without.pack(), *expected) << "whoever never had the part";
        const std::uint32_t field = row.erased.ops.ops.front().field;
        EXPECT_EQ(live_texts(without, field), row.live);
        EXPECT_EQ(count_conflicts(without), 0U);
        EXPECT_EQ(must(RecordState::unpack(without.pack())).pack(), without.pack());
    }
}

// A delete that saw everything is not contradicted by the act, which nobody could have seen.
TEST(ErasureMerge, ADeletedRecordStaysDeleted) {
    RecordState state;
    const Write made = write_of(1, put(field::summary, Kind::value, text("E")));
    apply(state, made.ops, made.by);
    const Write gone = write_of(2, put(reserved_field::deletions, Kind::set, must(Value::dots(live_dots(state)))));
    apply(state, gone.ops, gone.by);
    ASSERT_EQ(existence(state), Existence::deleted);
    apply(state, stand_in(made.ops, made.by, record(9)), dot(8, 1));
    EXPECT_EQ(existence(state), Existence::deleted);
}

TEST(ErasureMerge, AnElementThatIsRemovedByNameStaysOneElement) {
    RecordState state;
    const RecordOps two{
        record(1), household, {put(field::needs, Kind::set, text("a")), put(field::needs, Kind::set, text("b"))}};
    apply(state, two, dot(1, 1));
    apply(state, {record(1), household, {remove(field::needs, text("a"), {dot(1, 1)})}}, dot(2, 1));
    EXPECT_EQ(live_texts(state, field::needs), (std::vector<std::string>{"b"}));
}

}  // namespace
}  // namespace doorstep::test
