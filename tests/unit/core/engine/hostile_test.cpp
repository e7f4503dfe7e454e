// What a broken or hostile phone can push within its grant: it may be shown, it may never stall anybody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;

class Hostile : public testing::Test {
protected:
    /// Pushes one commit as it is, in the name of this handset's user.
    void push(const Handset& handset, const Chain& chain, const Commit& commit) {
        Hello hello;
        hello.replica = chain.replica();
        hello.base_seq = commit.header.dot.seq - 1;
        hello.base_hash = head_of(commit.header.previous);
        hello.top_seq = chain.seq();
        PushContext context{chain.replica(), {hello.base_seq, commit.header.previous}};
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        write_frame(request, FrameKind::push, Push{{commit}}.encode(context));
        must(world.hub().exchange(handset.grant, request, world.now_ms()));
    }

    World world;
    Handset& li = world.add("li", {village});
    RecordId household_id = save(world, li, new_household(village, "一户三人"));
};

// One bad replica never stalls another: an op of the greatest depth is no dead end for who edits after it.
TEST_F(Hostile, ADepthAtTheEndOfItsRangeBlocksNobody) {
    Handset& wang = world.add("wang", {village});
    must(world.sync_all());
    const std::vector<Dot> seen = all_dots(must(li->read(household_id)), field::summary);
    Chain chain(replica(77), "wang");
    const Commit poison = chain.commit(
        {part(stream(village),
              {{household_id, household, {put(field::summary, Kind::value, text("毒"), seen, 0xffff'ffffU)}}})});
    push(wang, chain, poison);
    must(world.sync_all());
    const RecordEdit edit =
        set_text(household_id, field::summary, "以后的话", all_dots(must(li->read(household_id)), field::summary));
    EXPECT_TRUE(succeeds(li->save({edit}, world.now_ms())));
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(texts(must(wang->read(household_id)), field::summary), testing::Contains("以后的话"));
}

// A forged id: the same record in another village. The office decides on the one that is in conflict.
TEST_F(Hostile, ADecisionGoesToTheStreamThatIsInConflict) {
    Handset& wang = world.add("wang", {town});
    must(world.sync_all());
    Chain first(replica(71), "wang"), second(replica(72), "wang");
    const auto forge = [&](Chain& chain, std::string_view words) {
        const RecordOps forged{household_id, household, {put(field::summary, Kind::value, text(words))}};
        push(wang, chain, chain.commit({part(stream(other_village), {forged})}));
    };
    forge(first, "甲");
    forge(second, "乙");
    const auto conflicts = must(world.hub().conflicts(10));
    ASSERT_EQ(conflicts.size(), 1U);
    EXPECT_EQ(conflicts[0].area, area(other_village));
    ASSERT_TRUE(succeeds(world.hub().resolve(
        {household_id, field::summary, text("丙"), all_dots(conflicts[0], field::summary)}, "office", world.now_ms())));
    EXPECT_TRUE(must(world.hub().conflicts(10)).empty());
    EXPECT_THAT(texts(must(li->read(household_id)), field::summary), ElementsAre("一户三人"));
}

}  // namespace
}  // namespace doorstep::test
