// What the office may not apply is held: acknowledged, listed with its words, and no obstacle to what follows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// A phone that pushes commits as they come, whatever is in them.
class RawPhone {
public:
    RawPhone(World& world, const std::string& name, std::vector<Area> areas, int replica_n)
        : chain(replica(replica_n), name), world_(world) {
        grant.author = name;
        grant.areas = std::move(areas);
    }
    /// Pushes and returns the WELCOME. Anything refused is an error.
    Result<Welcome> push(std::vector<Commit> commits) {
        Hello hello;
        hello.replica = chain.replica();
        const Header* first = commits.empty() ? nullptr : &commits.front().header;
        hello.base_seq = first ? first->dot.seq - 1 : chain.seq();
        hello.base_hash = head_of(first ? first->previous : chain.top());
        hello.top_seq = chain.seq();
        PushContext context{chain.replica(), {hello.base_seq, first ? first->previous : chain.top()}};
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        if (!commits.empty()) write_frame(request, FrameKind::push, Push{std::move(commits)}.encode(context));
        DOORSTEP_TRY_ASSIGN(const Bytes answer, world_.hub().exchange(grant, request, world_.now_ms()));
        FrameReader frames(answer);
        Welcome welcome;
        while (true) {
            DOORSTEP_TRY_ASSIGN(const std::optional<Frame> frame, frames.next());
            if (!frame) return welcome;
            if (frame->kind == FrameKind::welcome) {
                DOORSTEP_TRY_ASSIGN(welcome, Welcome::decode(frame->payload));
            } else if (frame->kind == FrameKind::forked) {
                return Error{Errc::forked, "forked"};
            } else if (frame->kind == FrameKind::refused) {
                DOORSTEP_TRY_ASSIGN(const Refused refused, Refused::decode(frame->payload));
                return Error{static_cast<Errc>(refused.code), refused.detail};
            }
        }
    }
    Chain chain;
    Grant grant;

private:
    World& world_;
};

class Held : public testing::Test {
protected:
    World world;
    RawPhone raw{world, "li", {area(village)}, 5};
    Handset& wang = world.add("wang", {village});

    /// Pushes one commit of these parts, then a good one, and expects the first part alone to be held for this reason.
    void expect_held(const char* name, const Commit& commit, const char* reason) {
        SCOPED_TRACE(name);
        const auto first = raw.push({commit});
        ASSERT_TRUE(succeeds(first));
        EXPECT_EQ(first.value().durable_seq, commit.header.dot.seq);
        ASSERT_EQ(first.value().held.size(), 1U);
        EXPECT_EQ(first.value().held[0].seq, commit.header.dot.seq);
        EXPECT_EQ(error_name(static_cast<Errc>(first.value().held[0].reason)), reason);
        raw.chain.write_as("li");
        const auto next = raw.push({raw.chain.commit({summary_part(village, 50, "以后的话")})});
        ASSERT_TRUE(succeeds(next));
        EXPECT_EQ(next.value().durable_seq, commit.header.dot.seq + 1);
        EXPECT_EQ(next.value().held.size(), 1U) << "still listed";
        must(world.sync_all());
        EXPECT_THAT(texts(must(wang->read(record(50))), field::summary), ElementsAre("以后的话"));
        EXPECT_EQ(outcome(wang->read(record(1))), "not_found");
        EXPECT_TRUE(succeeds(world.hub().verify()));
        EXPECT_EQ(disagreement(world.hub(), wang), "");
    }
    HeldView only_held() {
        const auto held = must(world.hub().held(10));
        EXPECT_EQ(held.size(), 1U);
        return held.at(0);
    }
};

TEST_F(Held, AnotherAuthorsName) {
    raw.chain.write_as("zhao");
    expect_held("author", raw.chain.commit({summary_part(village, 1, "冒名的话")}), "forbidden");
    const HeldView held = only_held();
    EXPECT_EQ(held.trace.author, "zhao");
    EXPECT_EQ(held.area, village);
    EXPECT_THAT(held.words, ElementsAre("冒名的话"));
    EXPECT_EQ(held.held.dot, dot(5, 1));
}

TEST_F(Held, AnAreaOutsideTheGrant) {
    expect_held("area", raw.chain.commit({summary_part(other_village, 1, "别村的话")}), "forbidden");
    EXPECT_EQ(only_held().area, other_village);
}

TEST_F(Held, AnUnknownDivision) {
    raw.grant.areas = {area(county)};
    expect_held("division", raw.chain.commit({summary_part("341222101999", 1, "没有的村")}), "unknown_area");
    EXPECT_THAT(only_held().words, ElementsAre("没有的村"));
}

TEST_F(Held, ASealedCompartment) {
    Part sealed = summary_part(village, 1, "密封的话");
    sealed.stream.compartment = {Compartment::Kind::sealed, record(3)};
    expect_held("sealed", raw.chain.commit({sealed}), "forbidden");
}

TEST_F(Held, AnotherKindForAKnownField) {
    expect_held("kind",
                raw.chain.commit(
                    {part(stream(village), {{record(1), household, {put(field::summary, Kind::set, text("x"))}}})}),
                "invalid_argument");
}

TEST_F(Held, BytesThatAreNoPart) {
    expect_held("garbage", raw.chain.commit_packed({"not a part at all"}), "malformed");
    const HeldView held = only_held();
    EXPECT_EQ(held.area, "");
    EXPECT_THAT(held.words, IsEmpty());
}

TEST_F(Held, TextThatIsNotUtf8) {
    Bytes packed = summary_part(village, 1, "abc").pack();
    packed[packed.size() - 1] = '\xff';
    expect_held("utf8", raw.chain.commit_packed({packed}), "invalid_utf8");
}

TEST_F(Held, ASecondPartForOneStream) {
    expect_held("twice", raw.chain.commit({summary_part(village, 60, "第一份"), summary_part(village, 1, "第二份", 8)}),
                "malformed");
    EXPECT_THAT(texts(must(wang->read(record(60))), field::summary), ElementsAre("第一份"));
}

TEST_F(Held, OnlyTheBadPartOfACommitIsHeld) {
    expect_held("one of two",
                raw.chain.commit({summary_part(other_village, 1, "越界"), summary_part(village, 61, "正当", 8)}),
                "forbidden");
    EXPECT_THAT(texts(must(wang->read(record(61))), field::summary), ElementsAre("正当"));
    world.close(wang);
    EXPECT_THAT(decrypted_bytes(world.options_of(wang)), testing::Not(testing::HasSubstr("越界")));
}

TEST_F(Held, FieldsAndTypesOfANewerAppPass) {
    const Op newer = put(70'001, static_cast<Kind>(14), must(Value::from_bytes("\x63 of a newer app")));
    const auto welcome = raw.push({raw.chain.commit({part(stream(village), {{record(1), 77, {newer}}})})});
    ASSERT_TRUE(succeeds(welcome));
    EXPECT_TRUE(welcome.value().held.empty());
    must(world.sync_all());
    EXPECT_EQ(must(wang->verify()).state, must(world.hub().verify()).state);
    EXPECT_EQ(must(wang->read(record(1))).field(70'001)->values[0].value, newer.value);
}

TEST_F(Held, SupersedingAHeldDotIsRemembered) {
    raw.chain.write_as("zhao");
    const Commit held = raw.chain.commit({summary_part(village, 1, "冒名的话")});
    raw.chain.write_as("li");
    const Commit after = raw.chain.commit(
        {part(stream(village),
              {{record(1), household, {put(field::summary, Kind::value, text("更正"), {held.header.dot}, 1)}}})});
    ASSERT_TRUE(succeeds(raw.push({held, after})));
    must(world.sync_all());
    EXPECT_THAT(texts(must(wang->read(record(1))), field::summary), ElementsAre("更正"));
    const RecordState state = must(RecordState::unpack(must(world.hub().store().records_of(record(1))).front().state));
    ASSERT_EQ(state.fields[0].superseded.size(), 1U);
    EXPECT_EQ(state.fields[0].superseded[0].dot, held.header.dot);
}

TEST_F(Held, ThePhoneIsTold) {
    Handset& li = world.add("li", {village});
    const RecordId id = save(world, li, new_household(village, "自己的话"));
    li.grant.author = "somebody else";  // the account behind the phone's token was changed
    must(world.sync(li));
    const OutboxStatus outbox = must(li->outbox());
    EXPECT_EQ(outbox.only_here, 0U);
    ASSERT_EQ(outbox.held.size(), 1U);
    EXPECT_EQ(outbox.held[0].seq, 1U);
    EXPECT_EQ(error_name(static_cast<Errc>(outbox.held[0].reason)), "forbidden");
    EXPECT_THAT(texts(must(li->read(id)), field::summary), ElementsAre("自己的话")) << "the author still sees it";
    world.reopen(li);
    EXPECT_EQ(must(li->outbox()).held.size(), 1U);
}

TEST_F(Held, MoreThanOneAnswerCanTellStillSyncs) {
    raw.chain.write_as("zhao");
    std::vector<Commit> commits;
    for (std::size_t i = 0; i < limits::held_max + 1; ++i) {
        commits.push_back(raw.chain.commit({summary_part(village, 1, "x")}));
        if (commits.size() == 500 || i == limits::held_max) {
            ASSERT_TRUE(succeeds(raw.push(std::move(commits))));
            commits.clear();
        }
    }
    const auto welcome = raw.push({});
    ASSERT_TRUE(succeeds(welcome));
    EXPECT_EQ(welcome.value().durable_seq, limits::held_max + 1);
    EXPECT_EQ(welcome.value().held.size(), limits::held_max);
}

}  // namespace
}  // namespace doorstep::test
