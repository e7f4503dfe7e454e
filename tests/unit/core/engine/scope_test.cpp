// A replica receives its areas and nothing else: what it may not see is absent from its file, not hidden in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Scope, APhoneOfAnotherTownshipGetsNothing) {
    World world;
    Handset& li = world.add("li-of-the-village", {village});
    Handset& zhao = world.add("zhao", {other_town});
    const RecordId foreign = save(world, li, new_household(village, "外人不可见的一句话"));
    save(world, li, add_need(foreign, "外人不可见的需求"));
    const RecordId own = save(world, zhao, new_household(far_village, "自己的一句话"));
    must(world.sync_all());
    EXPECT_EQ(must(zhao->list(0, 100)).size(), 1U);
    EXPECT_EQ(outcome(zhao->read(foreign)), "not_found");
    EXPECT_EQ(must(zhao->verify()).commits, 1U);
    EXPECT_EQ(disagreement(world.hub(), zhao), "");
    world.close(zhao);
    const Bytes all = decrypted_bytes(world.options_of(zhao));
    EXPECT_THAT(all, HasSubstr("自己的一句话"));
    EXPECT_THAT(all, HasSubstr(own.view()));
    EXPECT_THAT(all, Not(HasSubstr("外人不可见")));
    EXPECT_THAT(all, Not(HasSubstr("li-of-the-village")));
    EXPECT_THAT(all, Not(HasSubstr(foreign.view())));
    EXPECT_THAT(all, Not(HasSubstr(li->replica().view())));
    EXPECT_THAT(all, Not(HasSubstr(stream(village).key())));
}

TEST(Scope, AnEditOfOneOfSeveralLeavesAloneThoseThatWaitForAPurge) {
    World world;
    Handset& li = world.add("li", {village, far_village});
    const RecordId here = save(world, li, new_household(village, "here"));
    const RecordId there = save(world, li, new_household(far_village, "there"));
    must(li->mark_same(here, there, world.now_ms()));
    must(world.sync_all());
    world.regrant(li, {{area(village)}, {}, {}});
    must(world.sync(li));
    const std::vector<Dot> shown = all_dots(must(li->read(here)), field::summary);
    save(world, li, set_text(here, field::summary, "written although the other is out of reach", shown));
    must(li->remove(here, world.now_ms()));
    must(li->restore(here, world.now_ms()));
    must(world.sync(li));
    must(world.purge(li));
    EXPECT_EQ(must(li->read(here)).text(field::summary), "written although the other is out of reach");
    const RecordView office = office_view(world.hub(), here);
    EXPECT_THAT(texts(office, field::summary), testing::UnorderedElementsAre("written although the other is out of reach", "there"))
        << "what was not overruled where it lies is still an alternative";
}

TEST(Scope, AFileHoldsNothingInTheClear) {
    World world;
    Handset& li = world.add("li", {village});
    save(world, li, new_household(village, "只有持钥匙的人能读"));
    must(world.sync_all());
    for (const std::string& path : {li.path, li.path + "-wal", world.hub_path(), world.hub_path() + "-wal"}) {
        SCOPED_TRACE(path);
        const std::string raw = read_file(path);
        EXPECT_THAT(raw, Not(HasSubstr("持钥匙")));
        EXPECT_THAT(raw, Not(HasSubstr("CREATE TABLE")));
        EXPECT_THAT(raw, Not(HasSubstr("SQLite format 3")));
    }
}

TEST(Scope, AnOuterAreaSeesAllBelowItAndAnInnerOneOnlyItself) {
    World world;
    Handset& at_village = world.add("v", {village});
    Handset& at_other = world.add("o", {other_village});
    Handset& at_town = world.add("t", {town});
    Handset& at_county = world.add("c", {county});
    save(world, at_village, new_household(village, "v"));
    save(world, at_other, new_household(other_village, "o"));
    save(world, at_town, new_household(town, "t"));
    save(world, at_county, new_household(far_village, "c"));
    must(world.sync_all());
    EXPECT_EQ(must(at_village->list(0, 100)).size(), 1U);
    EXPECT_EQ(must(at_other->list(0, 100)).size(), 1U);
    EXPECT_EQ(must(at_town->list(0, 100)).size(), 3U);
    EXPECT_EQ(must(at_county->list(0, 100)).size(), 4U);
    for (const auto& handset : world.handsets()) EXPECT_EQ(disagreement(world.hub(), *handset), "");
}

TEST(Scope, OfACommitOverTwoAreasEachPhoneGetsItsPartAndTheWholeHeader) {
    World world;
    Handset& at_village = world.add("v", {village});
    Handset& at_other = world.add("o", {other_village});
    Handset& at_town = world.add("t", {town});
    const auto ids = must(
        at_town->save({new_household(village, "村里的话"), new_household(other_village, "邻村的话")}, world.now_ms()));
    must(world.sync_all());
    EXPECT_THAT(texts(must(at_village->read(ids[0])), field::summary), ElementsAre("村里的话"));
    EXPECT_EQ(outcome(at_village->read(ids[1])), "not_found");
    EXPECT_THAT(texts(must(at_other->read(ids[1])), field::summary), ElementsAre("邻村的话"));
    EXPECT_EQ(must(at_village->verify()).commits, 1U);
    EXPECT_TRUE(succeeds(at_other->verify()));
    world.close(at_village);
    EXPECT_THAT(decrypted_bytes(world.options_of(at_village)), Not(HasSubstr("邻村的话")));
    world.open(at_village);
    save(world, at_town, set_text(ids[0], field::summary, "改过的话"));
    must(world.sync_all());
    EXPECT_THAT(texts(must(at_village->read(ids[0])), field::summary), ElementsAre("改过的话"));
    for (const auto& handset : world.handsets()) EXPECT_EQ(disagreement(world.hub(), *handset), "");
}

TEST(Scope, AWiderGrantBringsThePartsOfKnownCommits) {
    World world;
    Handset& at_town = world.add("t", {town});
    Handset& moving = world.add("m", {village});
    const auto ids = must(
        at_town->save({new_household(village, "村里的话"), new_household(other_village, "邻村的话")}, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(moving->list(0, 100)).size(), 1U);
    moving.grant.areas.push_back(area(other_village));
    must(world.sync_all());
    EXPECT_EQ(must(moving->list(0, 100)).size(), 2U);
    EXPECT_THAT(texts(must(moving->read(ids[1])), field::summary), ElementsAre("邻村的话"));
    EXPECT_EQ(must(moving->verify()).commits, 1U);
    EXPECT_EQ(must(moving->verify()).state, must(at_town->verify()).state);
    EXPECT_EQ(disagreement(world.hub(), moving), "");
}

TEST(Scope, AskingForAnotherAreaIsAnsweredAsIfItWereNotThere) {
    World world;
    Handset& li = world.add("li", {village});
    Handset& zhao = world.add("zhao", {other_town});
    save(world, li, new_household(village, "外人不可见的一句话"));
    must(world.sync_all());
    Hello hello;
    hello.replica = zhao->replica();
    const auto ask = [&](std::string_view area_text) {
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        write_frame(request, FrameKind::pull, Pull{{stream(area_text), 0, {}}, {}}.encode());
        return must(world.hub().exchange(zhao.grant, request, world.now_ms()));
    };
    const Bytes there = ask(village), nowhere = ask("999999999999");
    EXPECT_THAT(there, Not(HasSubstr("外人不可见")));
    EXPECT_EQ(there.size(), nowhere.size()) << "nothing tells an area that is hidden from one that is empty";
    Bytes as_li;
    hello.replica = li->replica();  // naming another's replica does not widen the grant
    EXPECT_THAT(ask(village), Not(HasSubstr("外人不可见")));
}

TEST(Scope, ANothingNewSyncIsOneSmallRoundTrip) {
    World world;
    Handset& li = world.add("li", {county});
    for (const std::string_view home : {county, town, village, other_village, other_town, far_village})
        save(world, li, new_household(home, "x"));
    must(world.sync_all());
    must(world.sync(li));
    EXPECT_EQ(li->sync_report().round_trips, 1U);
    EXPECT_LE(li->sync_report().sent_bytes + li->sync_report().received_bytes, 600U);
    EXPECT_EQ(li->sync_report().pushed_commits + li->sync_report().pulled_commits, 0U);
}

}  // namespace
}  // namespace doorstep::test
