// Which records may be left to the log. That their state is what folding gives: tests/property.
#include "core/model/written_once.hpp"

#include <gtest/gtest.h>

#include "core/merge/conflict.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

TEST(WrittenOnce, OnlyWhatPutsSomethingNewIsLeftToTheLog) {
    const Op words = put(field::summary, Kind::value, text("x"));
    struct Row {
        const char* name;
        std::vector<Op> ops;
        bool afresh;
    };
    const Row rows[] = {
        {"one value", {words}, true},
        {"two elements and two lines",
         {put(field::needs, Kind::set, text("a")), put(field::needs, Kind::set, text("b")), words,
          put(field::notes, Kind::log, text("l")), put(field::notes, Kind::log, text("l"))},
         true},
        {"one that supersedes", {put(field::summary, Kind::value, text("x"), {dot(2, 1)})}, false},
        {"one of two that supersedes", {put(field::address, Kind::value, text("x"), {dot(2, 1)}), words}, false},
        {"a removed element", {remove(field::needs, text("a"), {dot(2, 1)})}, false},
        {"a delete", {words, put(reserved_field::deletions, Kind::set, text("a"))}, false},
        {"a link", {words, put(reserved_field::same_as, Kind::set, Value::record(record(2)))}, false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const RecordOps ops{record(1), household, row.ops};
        EXPECT_EQ(writes_afresh(ops), row.afresh);
        if (!row.afresh) continue;
        RecordState folded;
        apply(folded, ops, dot(1, 300));
        EXPECT_EQ(to_hex(written_once(ops, dot(1, 300))), to_hex(folded.pack()));
        EXPECT_EQ(may_await(folded), 0U);
    }
}

}  // namespace
}  // namespace doorstep::test
