// A part's bytes: one form for each part, and nothing else is taken for one.
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/model/commit.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

std::vector<Part> some_parts() {
    return {
        summary_part(village, 1, "屋顶漏雨"),
        part({{341'222'101'202, 3}, {Compartment::Kind::sealed, record(9)}},
             {{record(1), issue, {put(field::summary, Kind::value, Value::cleared(), {dot(1, 4), dot(2, 1)}, 3)}},
              {record(2),
               77,
               {put(70'001, static_cast<Kind>(3), must(Value::from_bytes("\x63zz")), {dot(9, 300)}, 130)}}}),
        part(stream(county),
             {{record(5),
               household,
               {put(field::needs, Kind::set, text("低保"), {dot(3, 1)}),
                remove(field::needs, text("床位"), {dot(1, 1), dot(3, 2)}), put(field::notes, Kind::log, text("b")),
                put(field::notes, Kind::log, text("a")), put(field::number, Kind::once, text("0001"))}}}),
    };
}

TEST(Part, ComesBackFromItsBytes) {
    for (const Part& original : some_parts()) {
        const Bytes packed = original.pack();
        const Part back = must(Part::unpack(packed));
        EXPECT_EQ(back.pack(), packed);
        EXPECT_EQ(back.stream, original.stream);
        EXPECT_EQ(back.salt, original.salt);
        ASSERT_EQ(back.records.size(), original.records.size());
        for (std::size_t r = 0; r < back.records.size(); ++r) {
            EXPECT_EQ(back.records[r].record, original.records[r].record);
            EXPECT_EQ(back.records[r].type, original.records[r].type);
            ASSERT_EQ(back.records[r].ops.size(), original.records[r].ops.size());
            for (std::size_t i = 0; i < back.records[r].ops.size(); ++i) {
                const Op &a = back.records[r].ops[i], &b = original.records[r].ops[i];
                EXPECT_EQ(a.field, b.field);
                EXPECT_EQ(a.kind, b.kind);
                EXPECT_EQ(a.action, b.action);
                EXPECT_EQ(a.depth, b.depth);
                EXPECT_EQ(a.value, b.value);
                EXPECT_EQ(a.supersedes, b.supersedes);
            }
        }
    }
}

TEST(Part, EveryOtherBytesAreRefusedOrAreAnotherPartsOwn) {
    for (const Part& original : some_parts()) {
        int taken = 0;
        each_mutation(original.pack(), [&](const Bytes& changed) {
            const auto back = Part::unpack(changed);
            if (!back) return;
            ++taken;
            ASSERT_EQ(to_hex(back.value().pack()), to_hex(changed));
        });
        EXPECT_GT(taken, 0) << "words can differ";
    }
}

TEST(Part, EveryPrefixIsMalformed) {
    for (const Part& original : some_parts()) {
        const Bytes packed = original.pack();
        for (std::size_t size = 0; size < packed.size(); ++size) {
            const std::string result = outcome(Part::unpack(packed.substr(0, size)));
            ASSERT_TRUE(result == "malformed" || result == "invalid_utf8") << size << ": " << result;
        }
    }
}

// What pack() writes of structures that no honest app makes.
TEST(Part, RefusesBrokenRules) {
    struct Row {
        const char* name;
        std::vector<RecordOps> records;
    };
    const Op words = put(field::summary, Kind::value, text("x"));
    const Op need = put(field::needs, Kind::set, text("x")), later_need = put(field::needs, Kind::set, text("y"));
    const Row rows[] = {
        {"no record", {}},
        {"no op", {{record(1), household, {}}}},
        {"record type 0", {{record(1), 0, {words}}}},
        {"records descend", {{record(2), household, {words}}, {record(1), household, {words}}}},
        {"a record twice", {{record(1), household, {words}}, {record(1), household, {need}}}},
        {"fields descend", {{record(1), household, {words, need}}}},
        {"a value twice", {{record(1), household, {words, words}}}},
        {"one field with two kinds",
         {{record(1), household, {put(9, Kind::value, text("x")), put(9, Kind::log, text("x"))}}}},
        {"elements descend", {{record(1), household, {later_need, need}}}},
        {"an element twice", {{record(1), household, {need, need}}}},
        {"field 0", {{record(1), household, {put(0, Kind::value, text("x"))}}}},
        {"a log that supersedes", {{record(1), household, {put(field::notes, Kind::log, text("x"), {dot(1, 1)})}}}},
        {"a removed value",
         {{record(1), household, {{field::summary, Kind::value, Op::Action::remove, 1, text("x"), {dot(1, 1)}}}}}},
        {"a removed log line",
         {{record(1), household, {{field::notes, Kind::log, Op::Action::remove, 1, text("x"), {dot(1, 1)}}}}}},
        {"an element removed unseen", {{record(1), household, {remove(field::needs, text("x"), {})}}}},
        {"superseded dots descend",
         {{record(1), household, {put(field::summary, Kind::value, text("x"), {dot(2, 1), dot(1, 1)})}}}},
        {"superseded twice",
         {{record(1), household, {put(field::summary, Kind::value, text("x"), {dot(1, 1), dot(1, 1)})}}}},
        {"a superseded seq 0", {{record(1), household, {put(field::summary, Kind::value, text("x"), {dot(1, 0)})}}}},
        {"depth 0 above something",
         {{record(1), household, {{field::summary, Kind::value, Op::Action::put, 0, text("x"), {dot(1, 1)}}}}}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(outcome(Part::unpack(part(stream(village), row.records).pack())), "malformed");
    }
}

TEST(Part, RefusesAReplicaNamedForNothing) {
    Bytes packed = summary_part(village, 1, "x").pack();
    Bytes home;
    Writer writer(home);
    stream(village).encode(writer);
    const std::size_t table = 1 + home.size() + Salt::size;
    ASSERT_EQ(packed[table], 0) << "no replica is named";
    packed[table] = 1;
    packed.insert(table + 1, replica(5).view());
    EXPECT_EQ(outcome(Part::unpack(packed)), "malformed");
}

TEST(Part, HoldsAtMostItsLimits) {
    const auto with_records = [](std::size_t n) {
        std::vector<RecordOps> records;
        for (std::size_t i = 0; i < n; ++i) {
            RecordId id;
            id.bytes[0] = static_cast<char>(i >> 8);
            id.bytes[1] = static_cast<char>(i);
            records.push_back({id, household, {put(field::summary, Kind::value, text("x"))}});
        }
        return part(stream(village), std::move(records));
    };
    const auto with_ops = [](std::size_t n) {
        std::vector<Op> ops;
        for (std::size_t i = 0; i < n; ++i) ops.push_back(put(field::notes, Kind::log, text("x")));
        return part(stream(village), {{record(1), household, std::move(ops)}});
    };
    const auto with_superseded = [](std::size_t n) {
        std::vector<Dot> dots;
        for (std::size_t i = 0; i < n; ++i) dots.push_back(dot(1, i + 1));
        return part(stream(village),
                    {{record(1), household, {put(field::summary, Kind::value, text("x"), std::move(dots))}}});
    };
    for (const int beside : {-1, 0, 1}) {
        SCOPED_TRACE(beside);
        const std::string expected = beside <= 0 ? "ok" : "malformed";
        const auto at = [&](std::size_t limit) { return limit + static_cast<std::size_t>(beside); };
        EXPECT_EQ(outcome(Part::unpack(with_records(at(limits::part_records_max)).pack())), expected);
        EXPECT_EQ(outcome(Part::unpack(with_ops(at(limits::record_ops_max)).pack())), expected);
        EXPECT_EQ(outcome(Part::unpack(with_superseded(at(limits::superseded_max)).pack())), expected);
    }
}

TEST(Part, RefusesAFormatItDoesNotKnow) {
    Bytes packed = summary_part(village, 1, "x").pack();
    for (int format = 0; format < 256; ++format) {
        if (format == packed[0]) continue;
        Bytes other = packed;
        other[0] = static_cast<char>(format);
        EXPECT_EQ(outcome(Part::unpack(other)), "malformed");
    }
}

TEST(Part, TheSaltDecidesTheHash) {
    EXPECT_NE(part_hash(summary_part(village, 1, "x", 1).pack()), part_hash(summary_part(village, 1, "x", 2).pack()));
}

}  // namespace
}  // namespace doorstep::test
