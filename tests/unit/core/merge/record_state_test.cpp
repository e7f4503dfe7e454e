// A record's packed bytes, as they stand in its row.
#include "core/merge/record_state.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/support/folded.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

RecordState some_state() {
    return folded({
        {dot(1, 1), {put(field::needs, Kind::set, text("bed")), put(field::summary, Kind::value, text("屋顶漏雨"))}},
        {dot(2, 300),
         {remove(field::needs, text("bed"), {dot(1, 1)}), put(field::summary, Kind::value, text("x"), {dot(9, 9)}, 4)}},
        {dot(3, 1), {put(field::notes, Kind::log, text("1")), put(field::notes, Kind::log, text("2"))}},
        {dot(3, 2), {put(70'001, static_cast<Kind>(3), must(Value::from_bytes("\x63zz")))}},
    });
}

TEST(RecordState, ComesBackFromItsBytes) {
    for (const RecordState& state : {RecordState{}, some_state()}) {
        const Bytes packed = state.pack();
        EXPECT_EQ(to_hex(must(RecordState::unpack(packed)).pack()), to_hex(packed));
    }
}

TEST(RecordState, GoesOnAfterAStop) {
    const Write later{dot(4, 1), {put(field::summary, Kind::value, text("settled"), {dot(1, 1), dot(2, 300)}, 5)}};
    RecordState kept = some_state(), stored = must(RecordState::unpack(kept.pack()));
    for (RecordState* state : {&kept, &stored}) apply(*state, {record(1), household, later.ops}, later.dot);
    EXPECT_EQ(to_hex(kept.pack()), to_hex(stored.pack()));
}

TEST(RecordState, DamagedBytesAreRefusedOrHarmless) {
    const Bytes packed = some_state().pack();
    int refused = 0;
    each_mutation(packed, [&](const Bytes& changed) {
        const auto back = RecordState::unpack(changed);
        if (!back) ++refused;
    });
    EXPECT_GT(refused, 1000);
    for (std::size_t size = 0; size < packed.size(); ++size) {
        ASSERT_FALSE(RecordState::unpack(packed.substr(0, size))) << size;
    }
}

// A damaged row must not make the reader allocate what it never can (invariant 21).
TEST(RecordState, RefusesHostileCounts) {
    Bytes bytes;
    Writer out(bytes);
    out.u8(static_cast<std::uint8_t>(RecordState{}.pack()[0]));
    out.varint(household);
    out.varint(0);  // replicas
    out.varint(1);  // fields
    out.varint(field::summary);
    out.u8(static_cast<std::uint8_t>(Kind::value));
    const Bytes head = bytes;
    for (const std::uint64_t count : {std::uint64_t{1} << 62, std::uint64_t{3} << 61, ~std::uint64_t{0}}) {
        Bytes live = head;
        Writer(live).varint(count);
        live += Bytes(40, '\0');
        EXPECT_FALSE(RecordState::unpack(live)) << count;
    }
}

}  // namespace
}  // namespace doorstep::test
