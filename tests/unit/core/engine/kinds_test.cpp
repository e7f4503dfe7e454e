// Merge kinds as a phone and the office see them: what is passed over stands in the view and in history, a tally adds
// up, and what only the server may say is held when a phone says it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

constexpr std::uint32_t last_visited_on = 18, best_time = 19, visit = 3, attempts = 19;

RecordEdit edit(const RecordId& record, std::uint32_t type, FieldEdit field) {
    return {record, type, {}, {std::move(field)}};
}

class Kinds : public testing::Test {
protected:
    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
};

TEST_F(Kinds, WhatALatestFieldPassedOverIsMarkedInViewAndHistory) {
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    must(world.sync_all());
    save(world, li, edit(id, household, {best_time, Kind::latest, Op::Action::put, text("晚上"), {}}));
    save(world, wang, edit(id, household, {best_time, Kind::latest, Op::Action::put, text("中午"), {}}));
    must(world.sync_all());
    const RecordView view = must(li->read(id));
    EXPECT_EQ(view.conflicts, 0U);
    const FieldView& field = *view.field(best_time);
    ASSERT_EQ(field.values.size(), 1U);
    ASSERT_EQ(field.overruled.size(), 1U);
    EXPECT_EQ(field.overruled[0].traces.size(), 1U) << "with who said it";
    EXPECT_EQ(texts(must(wang->read(id)), best_time), texts(view, best_time)) << "the same on every replica";
    std::size_t marked = 0;
    for (const HistoryEntry& entry : must(wang->history(id))) {
        if (entry.field != best_time) continue;
        EXPECT_EQ(entry.overruled, entry.value == field.overruled[0].value);
        EXPECT_TRUE(entry.live) << "nobody replaced it";
        marked += entry.overruled ? 1 : 0;
    }
    EXPECT_EQ(marked, 1U);
}

TEST_F(Kinds, AMaxIsCorrectedByWhoeverSawIt) {
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    must(world.sync_all());
    const auto visited = [&](std::int64_t day) {
        return edit(id, household, {last_visited_on, Kind::max, Op::Action::put, Value::date(day), {}});
    };
    save(world, li, visited(20'400));
    save(world, wang, visited(29'999));
    must(world.sync_all());
    EXPECT_EQ(must(li->read(id)).field(last_visited_on)->values[0].value.as_integer(), 29'999);
    save(world, li, visited(20'401));
    must(world.sync_all());
    EXPECT_EQ(must(wang->read(id)).field(last_visited_on)->values[0].value.as_integer(), 20'401);
}

TEST_F(Kinds, ATallyAddsUpAndACorrectionReplacesItsIncrement) {
    RecordEdit made = {{}, visit, stream(village), {{attempts, Kind::count, Op::Action::put, Value::integer(1), {}}}};
    const RecordId id = save(world, li, made);
    must(world.sync_all());
    const auto knocked = [&](std::int64_t n, std::optional<std::vector<Dot>> seen = {}) {
        return edit(id, visit, {attempts, Kind::count, Op::Action::put, Value::integer(n), std::move(seen)});
    };
    save(world, li, knocked(2));
    save(world, wang, knocked(20));
    must(world.sync_all());
    const auto total = [&](Handset& phone) { return must(phone->read(id)).field(attempts)->values[0]; };
    EXPECT_EQ(total(li).value.as_integer(), 23);
    EXPECT_EQ(total(li).dots.size(), 3U);
    std::vector<Dot> typo;
    for (const Trace& trace : total(li).traces)
        if (trace.author == "wang") typo.push_back(trace.dot);
    save(world, li, knocked(2, typo));
    must(world.sync_all());
    EXPECT_EQ(total(wang).value.as_integer(), 5);
    made.record = id;
    made.fields.push_back(made.fields.front());
    EXPECT_EQ(outcome(li->save({made}, world.now_ms())), "invalid_argument") << "twice in one save";
}

TEST_F(Kinds, APhoneMayNotSayWhatOnlyTheServerMay) {
    RecordEdit forged = {{}, issue, stream(village), {{20, Kind::state, Op::Action::put, text("TH-7"), {}}}};
    EXPECT_EQ(outcome(li->save({forged}, world.now_ms())), "forbidden");
    Chain chain(replica(9), "li");
    const Part state = part(stream(village), {{record(1), issue, {put(20, Kind::state, text("TH-7"))}}});
    const Part unknown = part(stream(village), {{record(2), issue, {put(70'001, Kind::state, text("x"))}}}, 8);
    const Part fine = part(stream(village), {{record(3), issue, {put(19, Kind::once, text("TH-7"))}}}, 9);
    Push push;
    for (const Part& each : {state, unknown, fine}) push.commits.push_back(chain.commit({each}));
    Hello hello;
    hello.replica = chain.replica();
    hello.top_seq = chain.seq();
    PushContext context{chain.replica(), {}};
    Bytes request;
    write_frame(request, FrameKind::hello, hello.encode());
    write_frame(request, FrameKind::push, push.encode(context));
    must(world.hub().exchange(li.grant, request, world.now_ms()));
    const auto held = must(world.hub().held(10));
    ASSERT_EQ(held.size(), 2U);
    for (const HeldView& view : held) {
        EXPECT_EQ(view.held.reason, Errc::forbidden);
        EXPECT_THAT(view.words, testing::SizeIs(1)) << "the words are kept";
    }
    EXPECT_EQ(outcome(world.hub().read(record(1))), "not_found");
    EXPECT_EQ(outcome(world.hub().read(record(3))), "ok");
}

TEST_F(Kinds, ASetIsFilledToItsLimitAndNoFurther) {
    RecordEdit full = new_household(village, "一户三人");
    for (std::uint32_t i = 0; i + 1 < limits::set_elements_max; ++i)
        full.fields.push_back({field::needs, Kind::set, Op::Action::put, text("need " + std::to_string(i)), {}});
    const RecordId id = save(world, li, full);
    save(world, li, add_need(id, "the last"));
    EXPECT_EQ(outcome(li->save({add_need(id, "one too many")}, world.now_ms())), "invalid_argument");
    save(world, li, remove_need(id, "the last"));
    save(world, li, add_need(id, "another"));
}

}  // namespace
}  // namespace doorstep::test
