// The office gives a phone another scope: what it lost is still taken in for a while, what it gained appears, and a
// revoked one is heard and answered nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Scope scope_of(std::vector<std::string_view> areas) {
    Scope out;
    for (const std::string_view text : areas) out.areas.push_back(area(text));
    return out;
}

class Rescope : public testing::Test {
protected:
    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {county});

    std::vector<std::string> held_reasons(Handset& phone) {
        std::vector<std::string> out;
        for (const HeldNotice& notice : must(phone->outbox()).held)
            out.emplace_back(error_name(static_cast<Errc>(notice.reason)));
        return out;
    }
};

TEST_F(Rescope, ThePhoneLearnsItWithinOneSynchronisationAndAsksForNames) {
    save(world, wang, new_household(far_village, "远村的话"));
    must(world.sync_all());
    world.regrant(li, scope_of({other_town}));
    must(world.sync(li));
    EXPECT_EQ(static_cast<const doorstep::Scope&>(*li->enrolment()), scope_of({other_town}));
    EXPECT_EQ(must(li->list(0, 10)).size(), 1U);
    EXPECT_EQ(outcome(li->save({new_household(village, "x")}, world.now_ms())), "unknown_area");
    EXPECT_EQ(outcome(li->save({new_household(far_village, "y")}, world.now_ms())), "ok") << "its name was told";
    EXPECT_EQ(li->enrolment()->divisions.place_name(area(far_village)), "税镇镇马庙村委会");
    world.reopen(li);
    EXPECT_EQ(static_cast<const doorstep::Scope&>(*li->enrolment()), scope_of({other_town})) << "it is kept";
    must(world.sync(li));
    must(world.sync(li));
    EXPECT_EQ(li->sync_report().round_trips, 1U);
}

TEST_F(Rescope, WhatWasWrittenUnderAFormerScopeIsTakenInUntilItsTimeIsOver) {
    const RecordId id = save(world, li, new_household(village, "收回以前写的"));
    world.regrant(li, scope_of({other_village}));
    save(world, li, add_note(id, "不知道已经收回"));
    must(world.sync_all());
    EXPECT_TRUE(held_reasons(li).empty());
    EXPECT_THAT(texts(must(wang->read(id)), field::notes), ElementsAre("不知道已经收回"));
    EXPECT_EQ(must(li->outbox()).only_here, 0U);
}

TEST_F(Rescope, AfterThatItIsHeld) {
    const RecordId id = save(world, li, new_household(village, "x"));
    must(world.sync_all());
    save(world, li, add_note(id, "太晚了"));
    world.regrant(li, scope_of({other_village}));
    const std::uint64_t lost_ms = li.grant.former.front().lost_ms;
    struct Row {
        std::uint64_t lost_ms;
        bool held;
    };
    const std::uint64_t now = world.now_ms();
    EXPECT_TRUE(li.grant.accepts(stream(village), lost_ms + limits::former_scope_ms - 1, limits::former_scope_ms));
    EXPECT_FALSE(li.grant.accepts(stream(village), lost_ms + limits::former_scope_ms, limits::former_scope_ms));
    li.grant.former.front().lost_ms = now - limits::former_scope_ms;
    must(world.sync(li));
    EXPECT_THAT(held_reasons(li), ElementsAre("forbidden"));
    EXPECT_EQ(must(world.hub().held(10)).front().words.front(), "太晚了");
}

TEST_F(Rescope, AFormerScopeReadsNothing) {
    must(world.sync_all());
    world.regrant(li, scope_of({other_village}));
    save(world, wang, new_household(village, "已与他无关"));
    must(world.sync_all());
    EXPECT_EQ(must(li->list(0, 10)).size(), 0U);
    Bytes request;
    Hello hello;
    hello.replica = li->replica();
    write_frame(request, FrameKind::hello, hello.encode());
    write_frame(request, FrameKind::pull, Pull{{stream(village), 0, {}}, {}}.encode());
    EXPECT_EQ(must(world.hub().exchange(li.grant, request, world.now_ms())).find("无关"), Bytes::npos);
}

TEST_F(Rescope, ARevokedPhoneDrainsIntoQuarantineAndIsAnsweredNothingElse) {
    const RecordId id = save(world, li, new_household(village, "收回以前写的"));
    must(world.sync_all());
    save(world, li, add_note(id, "还在手机里的"));
    save(world, wang, add_note(id, "别人后来写的"));
    must(world.sync(wang));
    static_cast<doorstep::Scope&>(li.grant) = {};
    li.grant.access = Grant::Access::drain_only;
    std::vector<FrameKind> kinds;
    must(world.sync(li, [&](std::size_t n, Bytes message) {
        FrameReader frames(message);
        while (const auto frame = must(frames.next()))
            if (n % 2 == 1) kinds.push_back(frame->kind);
        return std::optional<Bytes>(std::move(message));
    }));
    for (const FrameKind kind : kinds)
        EXPECT_TRUE(kind == FrameKind::welcome || kind == FrameKind::heads || kind == FrameKind::scope)
            << static_cast<int>(kind);
    EXPECT_THAT(held_reasons(li), ElementsAre("revoked"));
    EXPECT_EQ(must(li->outbox()).only_here, 0U) << "acknowledged";
    EXPECT_EQ(must(world.hub().held(10)).front().words.front(), "还在手机里的");
    EXPECT_THAT(texts(must(li->read(id)), field::notes), ElementsAre("还在手机里的"));
    EXPECT_EQ(outcome(li->save({add_note(id, "x")}, world.now_ms())), "unknown_area");
    must(world.purge(li));
    EXPECT_EQ(must(li->list(0, 10)).size(), 0U);
    must(world.sync(li));
    EXPECT_THAT(must(world.hub().purge_proofs(10)), SizeIs(1));
    ASSERT_TRUE(succeeds(world.hub().release(must(world.hub().held(10)).front().held.dot, 0, world.now_ms())));
    must(world.sync(wang));
    EXPECT_THAT(texts(must(wang->read(id)), field::notes),
                testing::UnorderedElementsAre("还在手机里的", "别人后来写的"));
}

TEST_F(Rescope, HeadsOfARevokedPhoneAreEmpty) {
    save(world, li, new_household(village, "x"));
    must(world.sync_all());
    static_cast<doorstep::Scope&>(li.grant) = {};
    li.grant.access = Grant::Access::drain_only;
    Bytes request;
    Hello hello;
    hello.replica = li->replica();
    write_frame(request, FrameKind::hello, hello.encode());
    const Bytes answer = must(world.hub().exchange(li.grant, request, world.now_ms()));
    FrameReader frames(answer);
    while (const auto frame = must(frames.next())) {
        if (frame->kind != FrameKind::heads) continue;
        EXPECT_TRUE(must(Heads::decode(frame->payload)).streams.empty());
    }
}

}  // namespace
}  // namespace doorstep::test
