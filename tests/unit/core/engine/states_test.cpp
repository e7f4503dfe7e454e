// The digest over states: two replicas that applied the same commits show the same records, or say that they do not.
#include <gtest/gtest.h>

#include "core/engine/fsck.hpp"
#include "core/merge/state_item.hpp"
#include "core/model/written_once.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep {
namespace {

using namespace doorstep::test;

StreamMark mark_of(Store& store, std::string_view area_text) { return must(store.stream_mark(stream(area_text))); }

StreamMark mark_of(World& world, Handset& handset, std::string_view area_text) {
    Store store = must(Store::open(world.options_of(handset)));
    return mark_of(store, area_text);
}

TEST(StateItem, IsTheSameForWhatOneCommitWroteWhetherAStateWasMadeOrNot) {
    RecordOps ops{record(1), household, {}};
    ops.ops = {put(field::summary, Kind::value, text("one")), put(field::notes, Kind::log, text("a line"))};
    ASSERT_TRUE(writes_afresh(ops));
    const Dot dot{replica(3), 7};
    RecordState state;
    apply(state, ops, dot);
    EXPECT_EQ(state_item(ops, dot), state_item(ops.record, state));
    EXPECT_NE(state_item(ops, dot), state_item(ops, {replica(3), 8}));
    EXPECT_NE(state_item(ops, dot), state_item(record(2), state));
    apply(state, {record(1), household, {put(field::needs, Kind::set, text("rice"))}}, {replica(4), 1});
    EXPECT_NE(state_item(ops, dot), state_item(ops.record, state));
}

TEST(States, OfAPhoneAreTheOfficesOnceNothingIsUnsent) {
    World world;
    Handset& one = world.add("one", {village});
    Handset& two = world.add("two", {village});
    const RecordId id = save(world, one, new_household(village, "first"));
    EXPECT_FALSE(mark_of(world, one, village).is_settled()) << "what is unsent is no part of the comparison";
    must(world.sync_all());
    save(world, one, set_text(id, field::summary, "by one"));
    save(world, two, set_text(id, field::summary, "by two"));
    must(world.sync_all());
    const StreamMark office = mark_of(world.hub().store(), village);
    EXPECT_TRUE(office.is_settled());
    for (Handset* phone : {&one, &two}) {
        const StreamMark mark = mark_of(world, *phone, village);
        EXPECT_TRUE(mark.is_settled());
        EXPECT_EQ(mark.states.digest, office.states.digest);
        EXPECT_EQ(disagreement(world.hub(), *phone), "");
        EXPECT_EQ((*phone)->sync_report().refolded, 0U);
    }
}

/// As if the program of this phone had merged wrongly once.
void spoil_state(World& world, Handset& handset) {
    world.close(handset);
    {
        Store store = must(Store::open(world.options_of(handset)));
        must(store.database().execute("UPDATE folded SET state = (SELECT state FROM folded ORDER BY length(state) LIMIT 1)"));
        ASSERT_FALSE(verify(store)) << "the state is not what the log says";
    }
    world.open(handset);
}

TEST(States, ARecordThatWasMergedWronglyIsFoldedAgainFromTheLog) {
    World world;
    Handset& one = world.add("one", {village});
    Handset& two = world.add("two", {village});
    const RecordId id = save(world, one, new_household(village, "first"));
    const RecordId other = save(world, one, new_household(village, "other"));
    must(world.sync_all());
    save(world, one, set_text(id, field::summary, "second"));
    save(world, one, set_text(other, field::summary, "a longer text of the other"));
    must(world.sync_all());
    spoil_state(world, two);
    save(world, one, add_note(id, "a line"));
    save(world, one, add_note(other, "another line"));
    must(world.sync(one));
    must(world.sync(two));
    EXPECT_EQ(two->sync_report().refolded, 1U);
    EXPECT_EQ(two->sync_report().streams_in_doubt, 0U);
    EXPECT_EQ(must(two->read(other)).text(field::summary), "a longer text of the other");
    EXPECT_EQ(disagreement(world.hub(), two), "");
    EXPECT_TRUE(two->verify());
}

TEST(States, AnOfficeThatComesToOtherRecordsIsToldOfAndNothingIsLost) {
    World world;
    Handset& one = world.add("one", {village});
    const RecordId id = save(world, one, new_household(village, "first"));
    must(world.sync_all());
    must(world.hub().store().database().execute("UPDATE stream SET states = x'000102030405060708090a0b0c0d0e0f'"));
    Handset& two = world.add("two", {village});
    must(world.sync(two));
    EXPECT_EQ(two->sync_report().refolded, 1U);
    EXPECT_EQ(two->sync_report().streams_in_doubt, 1U);
    EXPECT_EQ(must(two->read(id)).text(field::summary), "first");
    save(world, one, add_note(id, "a line"));
    must(world.sync(one));
    must(world.sync(two));
    EXPECT_EQ(two->sync_report().refolded, 0U) << "once is enough, until it is opened again";
    EXPECT_EQ(two->sync_report().streams_in_doubt, 1U);
}

TEST(States, AreCountedAgainByARebuild) {
    World world;
    Handset& one = world.add("one", {village, town});
    const RecordId id = save(world, one, new_household(village, "first"));
    save(world, one, new_household(town, "elsewhere"));
    must(world.sync_all());
    save(world, one, set_text(id, field::summary, "second"));
    const StreamMark before = mark_of(world, one, village);
    world.close(one);
    {
        Store store = must(Store::open(world.options_of(one)));
        must(store.database().execute("UPDATE stream SET states = zeroblob(16), parts = 0"));
        must(rebuild(store));
    }
    EXPECT_TRUE(mark_of(world, one, village).states == before.states);
}

}  // namespace
}  // namespace doorstep
