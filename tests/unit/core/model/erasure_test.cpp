#include "core/model/erasure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/model/reserved_field.hpp"
#include "core/model/schema.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Erasure some_erasure() {
    return {mark_of(id_of<Salt>(7)), {{dot(1, 3), id_of<Hash>(4), 0, id_of<Hash>(5)}, {dot(2, 1), {}, 15, {}}}};
}

TEST(Erasure, PacksAndUnpacks) {
    const Erasure read = must(Erasure::unpack(some_erasure().pack()));
    EXPECT_EQ(read.salt_mark, some_erasure().salt_mark);
    EXPECT_EQ(read.parts, some_erasure().parts);
}

TEST(Erasure, RefusesWhatPackWouldNotHaveWritten) {
    const Bytes packed = some_erasure().pack();
    for (std::size_t size = 0; size < packed.size(); ++size)
        EXPECT_EQ(outcome(Erasure::unpack(BytesView(packed).substr(0, size))), "malformed") << size;
    EXPECT_EQ(outcome(Erasure::unpack(packed + "x")), "malformed");
    Erasure nothing = some_erasure();
    nothing.parts.clear();
    EXPECT_EQ(outcome(Erasure::unpack(nothing.pack())), "malformed");
    Erasure nobody = some_erasure();
    nobody.parts[0].dot.seq = 0;
    EXPECT_EQ(outcome(Erasure::unpack(nobody.pack())), "malformed");
    Erasure beyond = some_erasure();
    beyond.parts[1].part = limits::commit_parts_max;
    EXPECT_EQ(outcome(Erasure::unpack(beyond.pack())), "malformed");
}

TEST(Erasure, TheMarkOfASaltTellsTheSaltAndNothingOfIt) {
    EXPECT_EQ(mark_of(id_of<Salt>(7)), mark_of(id_of<Salt>(7)));
    EXPECT_NE(mark_of(id_of<Salt>(7)), mark_of(id_of<Salt>(8)));
    const Bytes packed = summary_part(village, 1, "话").pack();
    EXPECT_EQ(must(salt_of_part(packed)), id_of<Salt>(7));
    EXPECT_EQ(outcome(salt_of_part(BytesView(packed).substr(0, 20))), "malformed");
    EXPECT_EQ(outcome(salt_of_part({})), "malformed");
}

// Of an erased part, what it replaced stays replaced and no word stays.
TEST(Erasure, StandsInForARecordWithoutItsWords) {
    const RecordOps erased{
        record(1),
        household,
        {put(1, Kind::value, text("secret address"), {dot(3, 1), dot(4, 2)}),
         put(field::needs, Kind::set, text("secret need")), remove(field::needs, text("secret removed"), {dot(3, 1)}),
         put(field::notes, Kind::log, text("secret line 1")), put(field::notes, Kind::log, text("secret line 2")),
         put(reserved_field::same_as, Kind::set, Value::record(record(2)))}};
    const RecordOps out = stand_in(erased, dot(3, 7), record(9));
    ASSERT_THAT(out.ops, SizeIs(4));
    EXPECT_EQ(out.record, record(1));
    EXPECT_EQ(out.type, household);
    EXPECT_TRUE(takes_away(out.ops[0]));
    EXPECT_THAT(out.ops[0].supersedes, ElementsAre(dot(3, 1), dot(3, 7), dot(4, 2)));
    EXPECT_EQ(out.ops[1].field, field::needs);
    EXPECT_THAT(out.ops[1].supersedes, ElementsAre(dot(3, 7))) << "what it removed is other parts' to say";
    EXPECT_THAT(out.ops[2].supersedes, ElementsAre(dot(3, 7)));
    EXPECT_EQ(out.ops[3].field, reserved_field::erasures);
    EXPECT_EQ(out.ops[3].value.as_record(), record(9));
    const Part act = part(stream(village), {out});
    EXPECT_THAT(act.pack(), Not(HasSubstr("secret")));
    EXPECT_EQ(must(Part::unpack(act.pack())).records[0].ops.size(), 4U) << "a part can say it";
}

TEST(Erasure, AFullOpStillTakesAway) {
    std::vector<Dot> dots;
    for (std::uint64_t seq = 1; seq <= limits::superseded_max; ++seq) dots.push_back(dot(3, seq));
    const RecordOps erased{record(1), household, {put(4, Kind::value, text("x"), dots)}};
    const RecordOps out = stand_in(erased, dot(9, 1), record(9));
    EXPECT_EQ(out.ops[0].supersedes, dots) << "its own write is gone with the part";
    EXPECT_EQ(outcome(Part::unpack(part(stream(village), {out}).pack())), "ok");
}

TEST(Erasure, ARecordOfThousandFieldsIsStillNamed) {
    RecordOps erased{record(1), 77, {}};
    for (std::uint32_t n = 1; n <= limits::record_ops_max; ++n) erased.ops.push_back(put(n, Kind::value, text("x")));
    const RecordOps out = stand_in(erased, dot(9, 1), record(9));
    EXPECT_EQ(out.ops.size(), limits::record_ops_max);
    EXPECT_EQ(out.ops.back().field, reserved_field::erasures);
    EXPECT_EQ(outcome(Part::unpack(part(stream(village), {out}).pack())), "ok");
}

TEST(Erasure, OnlyTheOfficeMaySayIt) {
    const Op takes = stand_in({record(1), household, {put(4, Kind::value, text("x"))}}, dot(1, 1), record(9)).ops[0];
    Op names = stand_in({record(1), household, {put(4, Kind::value, text("x"))}}, dot(1, 1), record(9)).ops[1];
    Op act = put(erasure::subject, Kind::state, must(Value::blob(some_erasure().pack())));
    for (const Op& op : {takes, names, act}) {
        EXPECT_EQ(outcome(may_write(Side::phone, op)), "forbidden");
        EXPECT_EQ(outcome(may_write(Side::office, op)), "ok");
    }
    EXPECT_EQ(outcome(validate(erasure::type, act)), "ok");
}

TEST(Erasure, IsFoundOnlyInARecordThatIsOne) {
    const Op said = put(erasure::subject, Kind::state, must(Value::blob(some_erasure().pack())));
    const Op broken = put(erasure::subject, Kind::state, must(Value::blob("no erasure")));
    EXPECT_TRUE(erasure_in({record(9), erasure::type, {said}}));
    EXPECT_FALSE(erasure_in({record(9), household, {said}}));
    EXPECT_FALSE(erasure_in({record(9), erasure::type, {broken}}));
    EXPECT_FALSE(erasure_in({record(9), erasure::type, {put(erasure::rule, Kind::state, text("art. 47"))}}));
}

}  // namespace
}  // namespace doorstep::test
